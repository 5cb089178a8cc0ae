import { DataError } from "@timestep/base";
import { foreignFormat } from "./foreign-format.js";

/** What the chunks of a WAV file say, checked against the bytes that are there. */
export interface WavLayout {
  readonly bigEndian: boolean;
  /** 1 integers, 3 floating point, 6 A-law, 7 µ-law. */
  readonly codec: WavCodec;
  readonly channels: number;
  readonly sampleRateHz: number;
  /** Of one sample of one channel, as stored. */
  readonly bits: number;
  /** Where the samples lie. */
  readonly start: number;
  readonly end: number;
}

export type WavCodec = 1 | 3 | 6 | 7;

const CODECS: Readonly<Record<number, { readonly name: string; readonly bits: readonly number[] }>> = {
  1: { name: "integers", bits: [8, 16, 24, 32] },
  3: { name: "floating-point numbers", bits: [32, 64] },
  6: { name: "A-law", bits: [8] },
  7: { name: "µ-law", bits: [8] },
};

/** "The real codec stands in the sub-format": WAVE_FORMAT_EXTENSIBLE. */
const EXTENSIBLE = 0xfffe;

/**
 * Finds and checks the chunks of a RIFF (or big-endian RIFX) WAV file. Chunks other than `fmt ` and `data` are skipped
 * by their lengths.
 *
 * @param name What errors call the clip.
 * @throws {DataError} WAV_NOT_WAV when the bytes are something else, and what; WAV_TRUNCATED when the file ends before
 *   its samples do; WAV_LENGTH when the header's lengths contradict each other or the bytes; WAV_FORMAT when the
 *   samples are in no form that can be read; WAV_NO_SAMPLES when there are none.
 * @see Microsoft & IBM 1991, "Multimedia Programming Interface and Data Specifications 1.0", chapter 3.
 */
export function readLayout(bytes: Uint8Array, name: string): WavLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bigEndian = checkedContainer(bytes, name);
  let format: Format | undefined;
  for (let at = 12; ;) {
    if (at + 8 > bytes.length) {
      const lacking = format === undefined ? '"fmt "' : '"data"';
      throw new DataError("WAV_TRUNCATED", `${name}: the file ends before its ${lacking} chunk.`, {
        hint: COPY,
      });
    }
    const id = tag(bytes, at);
    const size = view.getUint32(at + 4, !bigEndian);
    const start = at + 8;
    if (id === "data") {
      if (format === undefined) {
        throw new DataError(
          "WAV_LENGTH",
          `${name}: the samples come before the "fmt " chunk that says what they are.`,
          {
            hint: REWRITE,
          },
        );
      }
      checkData(bytes, start, size, format, name);
      return { ...format, bigEndian, start, end: start + size };
    }
    if (start + size > bytes.length) {
      throw new DataError(
        "WAV_TRUNCATED",
        `${name}: chunk ${JSON.stringify(id)} says it has ${size} bytes, but the file ends after ${bytes.length - start}.`,
        { hint: COPY },
      );
    }
    if (id === "fmt ") format = readFormat(view, start, size, !bigEndian, name);
    at = start + size + (size % 2); // chunks start at even places
  }
}

const COPY = "Copy the file again, and compare its size with the original's.";
const REWRITE = "Write it anew with an audio tool, for example: sox IN.wav OUT.wav";

type Format = Pick<WavLayout, "codec" | "channels" | "sampleRateHz" | "bits">;

/** Whether the container is big-endian. */
function checkedContainer(bytes: Uint8Array, name: string): boolean {
  const container = tag(bytes, 0);
  if ((container === "RIFF" || container === "RIFX") && tag(bytes, 8) === "WAVE") return container === "RIFX";
  if (bytes.length < 12 && (bytes.length === 0 || "RIFF".startsWith(container))) {
    const there = bytes.length === 0 ? "the file is empty" : `the file ends after ${bytes.length} bytes`;
    throw new DataError("WAV_TRUNCATED", `${name}: ${there}.`, { hint: COPY });
  }
  throw new DataError("WAV_NOT_WAV", `${name} is no WAV file: it looks like ${foreignFormat(bytes)}.`, {
    hint: "Convert it to WAV, for example with: ffmpeg -i IN OUT.wav",
  });
}

function readFormat(view: DataView, start: number, size: number, little: boolean, name: string): Format {
  if (size < 16)
    throw new DataError("WAV_LENGTH", `${name}: its "fmt " chunk has ${size} bytes, expected 16 or more.`, {
      hint: REWRITE,
    });
  let codec = view.getUint16(start, little);
  if (codec === EXTENSIBLE && size >= 26) codec = view.getUint16(start + 24, little);
  const channels = view.getUint16(start + 2, little);
  const sampleRateHz = view.getUint32(start + 4, little);
  const blockAlign = view.getUint16(start + 12, little);
  const bits = view.getUint16(start + 14, little);
  const known = CODECS[codec];
  if (known === undefined) {
    throw formatError(
      name,
      `its samples are compressed with codec ${codec}, expected integers, floating point, A-law or µ-law`,
    );
  }
  if (!known.bits.includes(bits)) {
    throw formatError(
      name,
      `its samples are ${known.name} of ${bits} bits, expected ${known.bits.join(", ")}`,
    );
  }
  if (channels === 0) throw formatError(name, "it has 0 channels, expected 1 or more");
  if (sampleRateHz < 1000 || sampleRateHz > 768_000) {
    throw formatError(name, `its sample rate is ${sampleRateHz} Hz, expected 1000 to 768000`);
  }
  if (blockAlign !== (channels * bits) / 8) {
    throw formatError(name, `it says that ${channels} × ${bits} bits are ${blockAlign} bytes`);
  }
  return { codec: codec as WavCodec, channels, sampleRateHz, bits };
}

function checkData(bytes: Uint8Array, start: number, size: number, format: Format, name: string): void {
  const there = bytes.length - start;
  if (size > there) {
    throw new DataError(
      "WAV_TRUNCATED",
      `${name}: the header promises ${size} bytes of samples, but only ${there} are there.`,
      {
        hint: `${COPY} A recording that was never closed can be repaired with: sox --ignore-length IN.wav OUT.wav`,
      },
    );
  }
  if (isLost(bytes, start + size + (size % 2))) {
    throw new DataError(
      "WAV_LENGTH",
      `${name}: the header says that the samples end after ${size} bytes, but ${there - size} more follow that are no chunk.`,
      { hint: "Repair the header, for example with: sox --ignore-length IN.wav OUT.wav" },
    );
  }
  if (size === 0) {
    throw new DataError("WAV_NO_SAMPLES", `${name} holds no samples.`, {
      hint: "Record it again, or leave it out.",
    });
  }
  const block = (format.channels * format.bits) / 8;
  if (size % block !== 0) {
    throw new DataError(
      "WAV_LENGTH",
      `${name}: ${size} bytes of samples are no multiple of the ${block} bytes of one.`,
      {
        hint: COPY,
      },
    );
  }
}

/** Whether what follows the samples is neither another chunk, nor padding, nor the tag that some players append. */
function isLost(bytes: Uint8Array, at: number): boolean {
  if (at >= bytes.length) return false;
  const rest = bytes.subarray(at);
  if (/^[ -~]{4}$/.test(tag(bytes, at)) || tag(bytes, at).startsWith("TAG")) return false;
  return rest.some((byte) => byte !== 0);
}

function formatError(name: string, what: string): DataError {
  return new DataError("WAV_FORMAT", `${name}: ${what}.`, {
    hint: "Convert it, for example with: sox IN.wav -b 16 OUT.wav",
  });
}

/** Four bytes as characters; fewer where the file ends. */
function tag(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
