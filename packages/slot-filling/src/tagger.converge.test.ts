import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { beforeAll, expect, it } from "vitest";
import { inventedNames, tinySettings, trips } from "./fixtures/trips.js";
import { SlotTagger } from "./tagger.js";

beforeAll(() => startEngine({ engine: "wasm" }));

it("learns from the words around a name what the name is: slotF1 95 on names never seen, seed 1, in seconds", async () => {
  const random = seeded(1);
  const names = inventedNames(random, 300);
  const [seen, unseen] = [names.slice(0, 200), names.slice(200)];
  const examples = trips(random, 300, seen);
  const test = trips(random, 100, unseen);
  const known = new Set(examples.flatMap(({ tokens }) => tokens));
  expect(unseen.filter((name) => known.has(name))).toEqual([]);

  const settings = tinySettings(
    { words: { size: 16, dropout: 0.3 }, encoder: { hiddenSize: 16 } },
    { epochs: 8, batchSize: 16, optimiser: { learningRate: 0.02 } },
  );
  const { tagger } = await SlotTagger.train(examples, settings);
  const { metrics } = tagger.evaluate(test);
  expect(metrics["slotF1"]).toBeGreaterThanOrEqual(95);
  expect(metrics["intentAccuracy"]).toBeGreaterThanOrEqual(95);

  // The word is the same, the context decides.
  const name = unseen[0] as string;
  const type = (text: string): string[] => tagger.tag(text).slots.map((slot) => `${slot.type} ${slot.text}`);
  expect(type(`find a trip leave ${name}`)).toEqual([`origin ${name}`]);
  expect(type(`find a trip arrive ${name}`)).toEqual([`destination ${name}`]);
  tagger.dispose();
});
