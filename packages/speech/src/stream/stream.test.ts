import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { memory, mul } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { tone } from "../fixtures/tones.js";
import {
  expectedTexts,
  joinStrings,
  type PartialSpeechSettings,
  type Recognition,
  type RecognitionStream,
  repeated,
  SpeechRecogniser,
  speechSettings,
  streamClip,
} from "../index.js";
import { audioWindows, joinWindows } from "./windows.js";

beforeAll(async () => {
  await startEngine();
});

const recordings = ["a", "b", "c"].map((text) => tone(text));

function untrained(settings: PartialSpeechSettings): SpeechRecogniser {
  const recogniser = SpeechRecogniser.untrained(repeated(recordings), speechSettings.parse(settings));
  // Weights of a new network say next to nothing; larger ones make it talk.
  for (const { variable } of recogniser.model.parameters()) variable.assign(mul(variable, 3));
  return recogniser;
}

const clipOf = (seed: number): { samples: Float32Array; sampleRateHz: number } => {
  const { strings } = speechSettings.parse({ strings: { minDigits: 6, maxDigits: 8 } });
  return (joinStrings(recordings, strings, { count: 1, seed })[0] as (typeof recordings)[number]).clip();
};

/** What a stream makes of samples that come in pieces of any length. */
async function heardInPieces(stream: RecognitionStream, samples: Float32Array): Promise<Recognition> {
  const random = seeded(2);
  for (let at = 0; at < samples.length;) {
    const next = at + 1 + random.integer(1500);
    await stream.push(samples.subarray(at, next));
    at = next;
  }
  return stream.finish();
}

describe("a stream", () => {
  it.each([
    { kind: "running", cell: "lstm", channels: 0, deltas: 0 },
    { kind: "global", cell: "gru", channels: 7, deltas: 1 },
  ] as const)(
    "says what the whole clip says, however it is cut: %o",
    async ({ kind, cell, channels, deltas }) => {
      const recogniser = untrained({
        features: { normalisation: { kind }, deltas },
        model: { cell, hiddenSize: 12, bidirectional: false, subsampling: { width: 5, stride: 2, channels } },
      });
      const clip = clipOf(3);
      const [whole] = await recogniser.emissions([() => clip]);
      const { text } = await recogniser.recognise(clip);
      expect(text.split(" ").length).toBeGreaterThan(2);
      const held = memory().numTensors;
      const stream = recogniser.stream();
      const said = await heardInPieces(stream, clip.samples);
      expect(said.text).toBe(text);
      const { values, frames } = stream.emissions();
      expect(frames).toBe(whole?.frames);
      const furthest = Math.max(
        ...Array.from(values, (value, i) => Math.abs(value - (whole?.values[i] ?? NaN))),
      );
      expect(furthest).toBeLessThan(1e-4);
      expect(memory().numTensors).toBe(held);
      recogniser.dispose();
    },
  );

  it("is searched as the whole clip is, with what is expected, and tells how late its texts were", async () => {
    const recogniser = untrained({
      features: { normalisation: { kind: "running" } },
      model: { hiddenSize: 12, bidirectional: false },
    });
    const clip = clipOf(3);
    const bonus = expectedTexts(recogniser.labels, { hotWords: ["b c"], hotBoost: 2 });
    const plain = await recogniser.recognise(clip, { beam: 6 });
    for (const options of [
      { beam: 6, nBest: 3 },
      { beam: 6, nBest: 3, bonus },
      { decoding: "trim" },
    ] as const) {
      const whole = await recogniser.recognise(clip, options);
      const said = await heardInPieces(recogniser.stream(options), clip.samples);
      expect(said.nbest.map(({ text }) => text)).toEqual(whole.nbest.map(({ text }) => text));
      expect(said.words).toHaveLength(whole.words.length);
      said.nbest.forEach(({ score }, n) => {
        expect(score).toBeCloseTo(whole.nbest[n]?.score ?? NaN, 2);
      });
      if ("bonus" in options) expect(whole.nbest[0]?.score).not.toBe(plain.nbest[0]?.score);
    }
    const { delays, latencySeconds, realTimeFactor } = await streamClip(recogniser, clip, {
      pieceSeconds: 0.5,
    });
    expect(delays).toHaveLength(Math.ceil(clip.samples.length / 4000));
    expect(Math.min(...delays)).toBeGreaterThan(0);
    expect(latencySeconds).toBeCloseTo(recogniser.listener.spanSeconds + 0.5 + Math.max(...delays), 9);
    expect(realTimeFactor).toBeGreaterThan(0);
    recogniser.dispose();
  });

  it("is refused by networks that read both ways", () => {
    const recogniser = untrained({ model: { hiddenSize: 4, layers: 1 } });
    expect(() => recogniser.stream()).toThrow(expect.objectContaining({ code: "SPEECH_STREAM" }));
    recogniser.dispose();
  });
});

describe("windows of a long recording", () => {
  it("make up the whole, each step once", () => {
    const recogniser = untrained({ model: { hiddenSize: 4, layers: 1 } });
    const { listener } = recogniser;
    for (const seconds of [0.5, 1.9, 2, 2.1, 3.3, 7.77, 10]) {
      const clip = { samples: new Float32Array(Math.round(seconds * 8000)), sampleRateHz: 8000 };
      const windows = audioWindows(clip, listener, { windowSeconds: 2, overlapSeconds: 0.5 });
      expect(windows.length > 1).toBe(seconds > 2);
      const found = windows.map(({ clip: piece }) => {
        const { frames } = listener.listen(piece);
        return { values: new Float32Array(frames), frames, classes: 1 };
      });
      expect(joinWindows(windows, found).frames).toBe(listener.stepsOf(seconds));
    }
    recogniser.dispose();
  });

  it("say nearly the same as the whole at once", async () => {
    const settings = {
      model: { hiddenSize: 8, layers: 1 },
      features: { normalisation: { kind: "global" as const } },
    };
    const whole = untrained(settings);
    const cut = untrained({ ...settings, windows: { windowSeconds: 1.5, overlapSeconds: 0.8 } });
    const clip = clipOf(4);
    const [a, b] = [await whole.emissions([() => clip]), await cut.emissions([() => clip])];
    expect(b[0]?.frames).toBe(a[0]?.frames);
    const differences = Array.from(a[0]?.values ?? [], (value, i) =>
      Math.abs(value - (b[0]?.values[i] ?? NaN)),
    );
    expect(Math.max(...differences)).toBeLessThan(0.5);
    expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(0.02);
    whole.dispose();
    cut.dispose();
  });
});
