import { fromBrackets } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { SlotTagger } from "./tagger.js";

const examples = ["leave [origin Oslo]", "arrive [destination Lima]", "leave [origin Cairo]"].map(
  fromBrackets,
);
const dev = ["at [time noon]", "at [time midnight]"].map(fromBrackets);
const small = {
  words: { size: 8 },
  characters: { kind: "none" },
  encoder: { hiddenSize: 8 },
} as const;

describe("trainOnDev", () => {
  beforeAll(async () => {
    await startEngine({ engine: "wasm" });
  });

  it("learns labels that only the dev split has, runs all epochs and evaluates once", async () => {
    const { tagger, outcome } = await SlotTagger.train(
      examples,
      { trainOnDev: true, model: small, training: { epochs: 4, batchSize: 2, patience: 1 } },
      { dev },
    );
    expect(tagger.vocabulary.tags.has("S-time")).toBe(true);
    expect(outcome.history.map(({ epoch }) => epoch)).toEqual([4]);
    expect(outcome.steps).toBe(4 * 3); // five sentences, two a step
    tagger.dispose();
  });

  it("refuses to choose the weight of O on sentences that were learnt from", async () => {
    const training = SlotTagger.train(
      examples,
      { trainOnDev: true, model: { ...small, fitOutside: true } },
      { dev },
    );
    await expect(training).rejects.toThrow(/SLOTS_NO_DEV_LEFT/);
  });
});

describe("outsideWeight", () => {
  it("makes a tagger find more", async () => {
    const texts = ["leave Oslo now", "arrive Lima", "at noon", "nothing here"];
    const found: number[] = [];
    for (const outsideWeight of [-50, 0, 50]) {
      const { tagger } = await SlotTagger.train(examples, {
        model: { ...small, outsideWeight },
        training: { epochs: 1 },
      });
      found.push(tagger.tagAll(texts).flatMap(({ slots }) => slots).length);
      tagger.dispose();
    }
    const [none, some, all] = found as [number, number, number];
    expect(none).toBe(0);
    expect(all).toBeGreaterThanOrEqual(texts.length);
    expect(some).toBeLessThanOrEqual(all);
  });
});
