import { MemoryStore } from "@timestep/training";
import { startEngine } from "@timestep/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tone } from "./fixtures/tones.js";
import {
  freshStrings,
  joinStrings,
  repeated,
  SpeechRecogniser,
  speechSettings,
  type PartialSpeechSettings,
} from "./index.js";

const settings: PartialSpeechSettings = {
  strings: { perEpoch: 48, maxDigits: 3 },
  model: { cell: "gru", hiddenSize: 24, layers: 1, dropout: { layers: 0, output: 0 } },
  augmentation: { timeMasks: 1, maxTimeFrames: 2 },
  training: { epochs: 30, batchSize: 8, evaluateEvery: 30, optimiser: { learningRate: 0.02 } },
};
const recordings = ["a", "b", "c"].flatMap((text) => [tone(text, 0), tone(text, 1)]);
const { strings } = speechSettings.parse(settings);
const test = joinStrings(recordings, strings, { count: 40, seed: 5 });

let recogniser: SpeechRecogniser;
beforeAll(async () => {
  await startEngine();
  const lessons = freshStrings(recordings, strings);
  recogniser = (await SpeechRecogniser.train(lessons, settings, { dev: test.slice(0, 8) })).recogniser;
}, 60_000);
afterAll(() => {
  recogniser.dispose();
});

describe("a recogniser", () => {
  it("learns to write down strings of tones", async () => {
    const { metrics } = await recogniser.evaluate(test);
    expect(metrics["wer"]).toBeLessThan(10);
  });

  it("says the same after saving and loading", async () => {
    const store = new MemoryStore();
    await recogniser.save(store);
    const loaded = await SpeechRecogniser.load(store);
    const clips = test.slice(0, 5).map((utterance) => utterance.clip());
    expect(await loaded.recogniseAll(clips)).toEqual(await recogniser.recogniseAll(clips));
    loaded.dispose();
  });

  it("gives the same text for a clip alone as among others, words in order within the clip", async () => {
    const clips = test.slice(0, 8).map((utterance) => utterance.clip());
    const together = await recogniser.recogniseAll(clips);
    for (const [place, clip] of clips.entries()) {
      const alone = await recogniser.recognise(clip);
      const { text, confidence, words, nbest } = together[place] ?? alone;
      expect(alone.text).toBe(text);
      expect(alone.confidence).toBeCloseTo(confidence, 4);
      expect(words.map((word) => word.text).join(" ")).toBe(text);
      expect(nbest[0]?.text).toBe(text);
      const seconds = clip.samples.length / clip.sampleRateHz;
      let before = 0;
      for (const { start, end } of words) {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(start);
        before = start;
      }
      expect(words.at(-1)?.start ?? 0).toBeLessThan(seconds);
    }
  });

  it("names a recording that is too short for its text", () => {
    const short = { ...tone("a"), id: "short", text: "a a a a a a a a a a" };
    expect(() => SpeechRecogniser.untrained(repeated([short]), speechSettings.parse({}))).toThrow(
      expect.objectContaining({
        code: "SPEECH_TOO_SHORT",
        message: expect.stringContaining('"short"') as unknown,
      }),
    );
  });
});
