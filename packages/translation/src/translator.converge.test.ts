import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { MemoryStore } from "@timestep/training";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reversedDigits, tinySettings } from "./fixtures/digits.js";
import { Translator } from "./translator.js";

const random = seeded(7);
const train = reversedDigits(random, 2400);
const dev = reversedDigits(random, 60);
const test = reversedDigits(random, 200);
const store = new MemoryStore("run");
let translator: Translator;

beforeAll(async () => {
  await startEngine();
  ({ translator } = await Translator.train(
    train,
    { ...tinySettings, text: { maxUnits: 8 } },
    { dev, store },
  ));
}, 60_000);
afterAll(() => {
  translator.dispose();
});

describe("a translator of digits into their reverse", () => {
  it.each([1, 4])("has at least 99 % of unseen strings right with a beam of %i", async (beam) => {
    const said = await translator.translateAll(
      test.map(({ source }) => source),
      { beam },
    );
    const right = said.filter(({ translation }, index) => translation === test[index]?.target);
    expect((100 * right.length) / test.length).toBeGreaterThanOrEqual(99);
  });

  it("says the same after it was saved and loaded", async () => {
    const loaded = await Translator.load(store);
    const options = { align: true, nBest: 3 };
    expect(await loaded.translate("1 2 3 4", options)).toEqual(
      await translator.translate("1 2 3 4", options),
    );
    loaded.dispose();
  });

  it("looks at the digit that it says", async () => {
    const { alignment } = await translator.translate("4 0 7 1", { align: true });
    expect(alignment.map(([source, target]) => [source, target])).toEqual([
      [3, 0],
      [2, 1],
      [1, 2],
      [0, 3],
    ]);
  });

  it("keeps every line in its place, and translates an empty one into nothing", async () => {
    const texts = ["1 2 3 4 5 6 7", "", "8 0", "   ", "9 9"];
    const said = await translator.translateAll(texts);
    expect(said.map(({ source }) => source)).toEqual(texts);
    expect(said.map(({ translation }) => translation)).toEqual(["7 6 5 4 3 2 1", "", "0 8", "", "9 9"]);
  });

  it("reads a text that is too long in parts, and aligns across them", async () => {
    const words = Array.from({ length: 20 }, (_, index) => String(index % 10));
    const said = await translator.translate(words.join(" "), { align: true, nBest: 2 });
    const parts = await translator.translateAll(
      [words.slice(0, 8), words.slice(8, 16), words.slice(16)].map((part) => part.join(" ")),
    );
    expect(said.translation).toBe(parts.map(({ translation }) => translation).join(" "));
    expect(said.alignment.map(([, target]) => target)).toEqual([...said.translation.split(" ").keys()]);
    expect(said.alignment.at(-1)?.[0]).toBe(16);
    expect(said.nbest).toHaveLength(1);
  });

  it("scores a given translation as the search did", async () => {
    const { score } = await translator.translate("5 6 7", { beam: 1 });
    const [forced, wrong] = await translator.forced([
      { source: "5 6 7", target: "7 6 5" },
      { source: "5 6 7", target: "5 6 7" },
    ]);
    expect(forced?.logProbability).toBeCloseTo(score, 4);
    expect(wrong?.logProbability).toBeLessThan(score - 5);
  });

  it("puts a word of the source where it knows none", async () => {
    const { translation } = await translator.translate("1 x 3", { replaceUnknown: true, beam: 4 });
    expect(translation.split(" ")).toHaveLength(3);
    expect((await translator.translate("1 x 3")).translation).not.toContain("x");
  });

  it("draws translations that depend on the random numbers alone", async () => {
    const drawn = async (seed: number): Promise<string[]> => {
      const sample = { temperature: 3, random: seeded(seed) };
      const { nbest } = await translator.translate("1 2 3 4 5", { sample, nBest: 5 });
      return nbest.map(({ text }) => text);
    };
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(1)).not.toEqual(await drawn(2));
  });

  it("answers together with others as it does with itself", async () => {
    const alone = await translator.translate("9 8 7", { nBest: 2 });
    const together = await translator.translate("9 8 7", { nBest: 2, with: [translator] });
    expect(together.translation).toBe(alone.translation);
    expect(together.score).toBeCloseTo(alone.score, 4);
  });
});
