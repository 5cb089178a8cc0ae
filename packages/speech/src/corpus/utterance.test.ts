import { memorySource, readSpokenCorpus, requireSplit, writeWav } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { hear } from "./utterance.js";

const good = writeWav({ samples: new Float32Array(800).fill(0.1), sampleRateHz: 8000 });

/** The good file with some bytes changed. */
function changed(offset: number, ...bytes: number[]): Uint8Array {
  const copy = good.slice();
  copy.set(bytes, offset);
  return copy;
}

/** A file of floating point whose last sample is NaN. */
function withNaN(): Uint8Array {
  const wav = writeWav({ samples: new Float32Array(800).fill(0.1), sampleRateHz: 8000 }, "32f");
  wav.set([0, 0, 0xc0, 0x7f], wav.length - 4);
  return wav;
}

const bad: readonly (readonly [what: string, wav: Uint8Array, code: RegExp])[] = [
  ["cut short", good.slice(0, 500), /^WAV_/],
  ["with a false length", changed(40, 0xff, 0xff, 0xff, 0x7f), /^WAV_/],
  ["without samples", changed(40, 0, 0, 0, 0).slice(0, 44), /^WAV_/],
  ["with a sample that is no number", withNaN(), /^WAV_NOT_FINITE$/],
  ["without channels", changed(22, 0, 0), /^WAV_/],
  ["of MP3", Uint8Array.from([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0, 0xff, 0xfb, 0x90, 0]), /^WAV_NOT_WAV$/],
];

describe("recordings read into memory", () => {
  it.each(bad)("are an error that names them: %s", async (_, wav, code) => {
    const source = memorySource("toy", {
      "bad.wav": wav,
      "bad.txt": "yes",
      "good.wav": good,
      "good.txt": "no",
    });
    const examples = requireSplit(await readSpokenCorpus(source), "train");
    await expect(hear(examples)).rejects.toMatchObject({
      code: expect.stringMatching(code) as unknown,
      message: expect.stringContaining("bad.wav") as unknown,
    });
    const { utterances, warnings } = await hear(examples, "skip");
    expect(utterances).toMatchObject([{ id: "good.wav", text: "no", seconds: 0.1 }]);
    expect(warnings).toEqual([
      expect.stringContaining("1 recording that cannot be read was left out") as unknown,
    ]);
  });
});
