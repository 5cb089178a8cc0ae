import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inventedNames, tinySettings, trips } from "./fixtures/trips.js";
import { longestPiece } from "./pieces.js";
import { type SentenceTags, tagSentences, tagSentencesAsync } from "./tag-sentences.js";
import { SlotTagger } from "./tagger.js";

const random = seeded(6);
const examples = trips(random, 60, inventedNames(random, 20));

const close = (said: SentenceTags | undefined, other: SentenceTags | undefined): void => {
  expect(said?.tags).toEqual(other?.tags);
  expect(said?.intent?.label).toBe(other?.intent?.label);
  expect(said?.intent?.confidence).toBeCloseTo(other?.intent?.confidence as number, 4);
  said?.confidences.forEach((value, step) => {
    expect(value).toBeCloseTo(other?.confidences[step] as number, 4);
  });
};

describe.each(["crf", "softmax"] as const)("tagging sentences with %s", (head) => {
  let tagger: SlotTagger;
  const read = (sentences: readonly (readonly string[])[]): SentenceTags[] =>
    sentences.length === 0 ? [] : tagSentences(sentences, { ...tagger, settings: tagger.settings.model });

  beforeAll(async () => {
    await startEngine({ engine: "wasm" });
    ({ tagger } = await SlotTagger.train(examples, tinySettings({ head }, { epochs: 3 })));
  });
  afterAll(() => {
    tagger.dispose();
  });

  it("keeps the order of sentences and tags each as it does alone", () => {
    const sentences = examples.slice(0, 20).map(({ tokens }) => tokens);
    const together = read(sentences);
    expect(new Set(together.map(({ tags }) => tags.join())).size).toBeGreaterThan(3);
    sentences.forEach((tokens, row) => {
      close(together[row], read([tokens])[0]);
    });
    const backwards = read(sentences.toReversed()).toReversed();
    sentences.forEach((_, row) => {
      close(together[row], backwards[row]);
    });
  });

  it("gives a sentence without tokens no tags, alone and beside others", () => {
    const [alone] = read([[]]);
    expect(alone).toMatchObject({ tags: [], confidences: [] });
    const said = read([[], ["leave", "Bonn"], []]);
    expect(said.map(({ tags }) => tags.length)).toEqual([0, 2, 0]);
    close(said[1], read([["leave", "Bonn"]])[0]);
  });

  it("says the same when it is waited for, and leaves nothing behind", async () => {
    const reader = { ...tagger, settings: tagger.settings.model };
    const sentences = [...examples.slice(0, 8).map(({ tokens }) => tokens), []];
    expect(await tagSentencesAsync(sentences, reader)).toEqual(tagSentences(sentences, reader));
    await expectNoLeaks(() => tagSentencesAsync(sentences, reader));
  });

  it("tags nothing when there is nothing", () => {
    expect(tagger.tagAll([])).toEqual([]);
  });

  it("tags a long sentence piece by piece, as its pieces alone, with the intent of the first", () => {
    const [first, second] = [0, 1].map((offset) =>
      Array.from({ length: longestPiece }, (_, step) =>
        step === longestPiece - 1 ? "." : (examples[(step + offset) % 60]?.tokens[1 + offset] ?? "x"),
      ),
    );
    const whole = read([[...(first ?? []), ...(second ?? [])]])[0];
    const [one, two] = read([first ?? [], second ?? []]);
    close(whole, {
      tags: [...(one?.tags ?? []), ...(two?.tags ?? [])],
      confidences: [...(one?.confidences ?? []), ...(two?.confidences ?? [])],
      intent: one?.intent ?? null,
    });
  });

  it("gives probabilities", () => {
    for (const { confidences, intent } of read(examples.map(({ tokens }) => tokens))) {
      for (const value of [...confidences, intent?.confidence as number]) {
        expect(value).toBeGreaterThan(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-5);
      }
    }
  });

  it("leaves no tensors behind", async () => {
    await expectNoLeaks(() => void tagger.tagAll(["leave Bonn", "", "arrive Ulm on Monday"]));
  });
});
