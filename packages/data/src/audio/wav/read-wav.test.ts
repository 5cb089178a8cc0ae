import { seeded } from "@timestep/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWav } from "./read-wav.js";
import { encodeSamples, type SampleCode } from "./wavefile.js";
import { writeWav } from "./write-wav.js";

const noise = (count: number, seed = 1): Float32Array => {
  const random = seeded(seed);
  return Float32Array.from({ length: count }, () => 1.9 * random.uniform() - 0.95);
};
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

interface Parts {
  format?: number[];
  data?: readonly number[];
  dataSize?: number;
  before?: readonly number[];
  after?: readonly number[];
}
const fmt = (
  codec: number,
  channels: number,
  rate: number,
  bits: number,
  block = (channels * bits) / 8,
): number[] => [
  ...le(codec, 2),
  ...le(channels, 2),
  ...le(rate, 4),
  ...le(rate * block, 4),
  ...le(block, 2),
  ...le(bits, 2),
];
/** A WAV file put together by hand, so that reading does not lean on the library's own writing. */
function wav({
  format = fmt(1, 1, 8000, 16),
  data = [0, 0, 255, 127],
  dataSize = data.length,
  before = [],
  after = [],
}: Parts): Uint8Array {
  const chunk = (id: string, size: number, bytes: readonly number[]): number[] => [
    ...ascii(id),
    ...le(size, 4),
    ...bytes,
  ];
  const body = [
    ...ascii("WAVE"),
    ...before,
    ...chunk("fmt ", format.length, format),
    ...chunk("data", dataSize, data),
    ...after,
  ];
  return Uint8Array.from([...ascii("RIFF"), ...le(body.length, 4), ...body]);
}

describe("readWav", () => {
  it.each<[string, Parts, number[]]>([
    ["8 bits", { format: fmt(1, 1, 8000, 8), data: [0, 128, 192] }, [-1, 0, 0.5]],
    ["16 bits", { data: [0, 128, 0, 0, 0, 64] }, [-1, 0, 0.5]],
    ["24 bits", { format: fmt(1, 1, 8000, 24), data: [0, 0, 128, 0, 0, 64] }, [-1, 0.5]],
    ["24 bits, an odd number of bytes", { format: fmt(1, 1, 8000, 24), data: [0, 0, 64], after: [0] }, [0.5]],
    ["32 bits", { format: fmt(1, 1, 8000, 32), data: [0, 0, 0, 128, 0, 0, 0, 64] }, [-1, 0.5]],
    ["32-bit floats", { format: fmt(3, 1, 8000, 32), data: [0, 0, 0x20, 0xc0] }, [-2.5]],
    ["64-bit floats", { format: fmt(3, 1, 8000, 64), data: [0, 0, 0, 0, 0, 0, 0xd0, 0x3f] }, [0.25]],
    // ITU-T G.711, tables 1a and 2a: the largest positive value is 4032 of 4096 (A-law) and 8031 of 8192 (µ-law).
    [
      "A-law",
      { format: fmt(6, 1, 8000, 8), data: [0xaa, 0x2a, 0xd5] },
      [4032 / 4096, -4032 / 4096, 1 / 4096],
    ],
    ["µ-law", { format: fmt(7, 1, 8000, 8), data: [0x80, 0x00, 0xff] }, [8031 / 8192, -8031 / 8192, 0]],
    [
      "two channels by their mean",
      { format: fmt(1, 2, 8000, 16), data: [0, 64, 0, 0, 0, 128, 0, 64] },
      [0.25, -0.25],
    ],
    ["five channels", { format: fmt(1, 5, 8000, 8), data: [128, 128, 128, 128, 148] }, [1 / 32]],
    [
      "an extensible header",
      {
        format: [
          ...fmt(0xfffe, 1, 8000, 16),
          22,
          0,
          16,
          0,
          4,
          0,
          0,
          0,
          1,
          0,
          ...new Array<number>(14).fill(0),
        ],
        data: [0, 64],
      },
      [0.5],
    ],
    [
      "chunks before and after",
      { before: [...ascii("LIST"), 3, 0, 0, 0, 1, 2, 3, 0], after: [...ascii("cue "), 0, 0, 0, 0] },
      [0, 32767 / 32768],
    ],
    ["an odd number of bytes", { format: fmt(1, 1, 8000, 8), data: [0, 128, 192], after: [0] }, [-1, 0, 0.5]],
  ])("reads %s", (_name, parts, expected) => {
    const { samples, sampleRateHz } = readWav(wav(parts), "clip");
    expect(sampleRateHz).toBe(8000);
    expect(Array.from(samples)).toEqual(expected.map((value) => expect.closeTo(value, 6) as number));
  });

  it("reads big-endian files", () => {
    const bytes = wav({ data: [64, 0, 0, 0] });
    const view = new DataView(bytes.buffer);
    bytes.set(ascii("RIFX"));
    for (const [at, size] of [
      [4, 4],
      [16, 4],
      [20, 2],
      [22, 2],
      [24, 4],
      [28, 4],
      [32, 2],
      [34, 2],
      [40, 4],
    ] as const) {
      if (size === 2) view.setUint16(at, view.getUint16(at, true));
      else view.setUint32(at, view.getUint32(at, true));
    }
    expect(Array.from(readWav(bytes, "clip").samples)).toEqual([0.5, 0]);
  });

  it.each<[SampleCode, number]>([
    ["8", 2 ** -8],
    ["16", 2 ** -16],
    ["24", 2 ** -24],
    ["32", 2 ** -24],
    ["32f", 0],
    ["64", 0],
  ])("gives back what was written with code %s, to half a step", (code, tolerance) => {
    const samples = noise(501);
    const read = readWav(writeWav({ samples, sampleRateHz: 11025 }, code), "clip");
    expect(read.sampleRateHz).toBe(11025);
    expect(read.samples.length).toBe(501);
    const worst = Math.max(...read.samples.map((value, i) => Math.abs(value - (samples[i] as number))));
    expect(worst).toBeLessThanOrEqual(tolerance * 1.0001);
  });

  it("cuts off what lies beyond full scale", () => {
    const samples = Float32Array.of(1.5, -1.5, 1, -1);
    const read = readWav(writeWav({ samples, sampleRateHz: 8000 }), "clip").samples;
    expect(Array.from(read)).toEqual([32767 / 32768, -1, 32767 / 32768, -1]);
  });

  const whole = wav({ data: Array.from({ length: 200 }, (_, i) => i) });
  it.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /^WAV_TRUNCATED: bad\.wav: the file is empty/],
    ["a start alone", whole.subarray(0, 3), /^WAV_TRUNCATED: bad\.wav: the file ends after 3 bytes/],
    [
      "a header without samples",
      whole.subarray(0, 36),
      /^WAV_TRUNCATED: bad\.wav: the file ends before its "data"/,
    ],
    ["no format", whole.subarray(0, 14), /^WAV_TRUNCATED: bad\.wav: the file ends before its "fmt "/],
    [
      "half the samples",
      whole.subarray(0, 144),
      /^WAV_TRUNCATED: bad\.wav: the header promises 200 bytes of samples, but only 100/,
    ],
    ["a length that lies", wav({ dataSize: 0xffffffff }), /^WAV_TRUNCATED: .* promises 4294967295 bytes/],
    [
      "a length that stops short",
      wav({ data: [9, 9, 200, 200, 200, 200], dataSize: 2 }),
      /^WAV_LENGTH: .* end after 2 bytes, but 4 more/,
    ],
    ["a recording never closed", wav({ data: [9, 9, 200, 200, 200, 200], dataSize: 0 }), /^WAV_LENGTH/],
    [
      "a chunk that lies",
      wav({ before: [...ascii("LIST"), 255, 255, 0, 0] }),
      /^WAV_TRUNCATED: .* chunk "LIST" says it has 65535/,
    ],
    ["zero samples", wav({ data: [] }), /^WAV_NO_SAMPLES: bad\.wav holds no samples/],
    [
      "half a sample",
      wav({ data: [1, 2, 3], after: [0] }),
      /^WAV_LENGTH: .* 3 bytes of samples are no multiple of the 2/,
    ],
    ["a short format", wav({ format: [1, 0, 1, 0] }), /^WAV_LENGTH: .* "fmt " chunk has 4 bytes/],
    ["0 channels", wav({ format: fmt(1, 0, 8000, 16) }), /^WAV_FORMAT: bad\.wav: it has 0 channels/],
    ["a rate of 0", wav({ format: fmt(1, 1, 0, 16) }), /^WAV_FORMAT: .* sample rate is 0 Hz/],
    [
      "12 bits",
      wav({ format: fmt(1, 1, 8000, 12) }),
      /^WAV_FORMAT: .* integers of 12 bits, expected 8, 16, 24, 32/,
    ],
    [
      "blocks that do not fit",
      wav({ format: fmt(1, 1, 8000, 16, 4) }),
      /^WAV_FORMAT: .* 1 × 16 bits are 4 bytes/,
    ],
    ["ADPCM", wav({ format: fmt(17, 1, 8000, 4) }), /^WAV_FORMAT: .* codec 17/],
    [
      "NaN",
      wav({ format: fmt(3, 1, 8000, 32), data: [0, 0, 0, 0, 0, 0, 0xc0, 0x7f] }),
      /^WAV_NOT_FINITE: bad\.wav: sample 1 is NaN/,
    ],
    [
      "infinity",
      wav({ format: fmt(3, 1, 8000, 32), data: [0, 0, 0x80, 0x7f] }),
      /^WAV_NOT_FINITE: bad\.wav: sample 0 is Infinity/,
    ],
    [
      "MP3 with a tag",
      ascii("ID3\u0003\0\0\0\0\0\0\0\0\0\0"),
      /^WAV_NOT_WAV: bad\.wav is no WAV file: it looks like MP3/,
    ],
    ["MP3", Uint8Array.of(0xff, 0xfb, 0x90, 0x44, ...new Array<number>(20).fill(0)), /looks like MP3/],
    ["AAC", Uint8Array.of(0xff, 0xf1, 0x50, 0x80, ...new Array<number>(20).fill(0)), /looks like AAC/],
    ["Ogg", ascii("OggS\0\u0002\0\0\0\0\0\0\0\0"), /looks like Ogg/],
    ["FLAC", ascii("fLaC\0\0\0\u0022\0\0\0\0\0\0"), /looks like FLAC/],
    ["text", ascii("digit,file\n7,seven.wav\n"), /looks like text/],
    ["another RIFF", ascii("RIFF\0\0\0\0AVI LIST"), /looks like another kind of RIFF/],
    ["noise", Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 130) % 256), /no sound format/],
  ])("refuses %s and names the clip", (_name, bytes, message) => {
    let error: unknown;
    try {
      readWav(bytes, "bad.wav");
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: "DataError", message: expect.stringMatching(message) as string });
  });

  it("gives finite samples or an error with a code, whatever bytes are damaged or missing", () => {
    const bytes = encodeSamples(Float64Array.of(1, -2, 3, -4), {
      channels: 2,
      sampleRateHz: 8000,
      code: "32f",
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.nat(bytes.length),
        (edits, length) => {
          const copy = bytes.slice();
          for (const [at, value] of edits) copy[at] = value;
          try {
            const { samples } = readWav(copy.subarray(0, length), "clip");
            expect(samples.length).toBeGreaterThan(0);
            expect(samples.every(Number.isFinite)).toBe(true);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^WAV_/) as string });
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("writeWav", () => {
  it("refuses rates that a header cannot hold, and clips without samples", () => {
    for (const [count, sampleRateHz] of [
      [1, 8000.5],
      [1, 0],
      [0, 8000],
    ] as const) {
      expect(() => writeWav({ samples: new Float32Array(count), sampleRateHz })).toThrow("WAV_WRITE");
    }
  });
});
