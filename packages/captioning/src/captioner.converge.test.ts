import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { MemoryStore } from "@timestep/training";
import { beforeAll, describe, expect, it } from "vitest";
import { Captioner } from "./captioner.js";
import { toyPictures, toySettings, toyWith } from "./fixtures/toy-pictures.js";
import { pictureForms } from "./settings.js";

beforeAll(() => startEngine());

const train = toyPictures(seeded(1), 90);
const test = toyPictures(seeded(2), 45);
/** Vectors of places as they are: a decoder that reads them once learns slowly through a layer of rectifiers. */
const settings = {
  picture: { size: 0 },
  training: { ...toySettings.training, epochs: 16, evaluateEvery: 16 },
};

describe.each(pictureForms)("a captioner of coloured things, %s", (form) => {
  it("has at least 90 % of unseen pictures right, and says the same after it was saved and loaded", async () => {
    const store = new MemoryStore("run");
    const { captioner } = await Captioner.train(train, toyWith({ form }, settings), { store });
    const said = await captioner.captionAll(test.pictures);
    const captions = said.map(({ caption }) => caption);
    const { metrics } = captioner.score(test.captions, captions);
    expect(metrics["exact"]).toBeGreaterThanOrEqual(90);
    expect(new Set(captions).size).toBe(9);
    const loaded = await Captioner.load(store);
    const options = { nBest: 3, attention: true };
    expect(await loaded.captionAll(test.pictures, options)).toEqual(
      await captioner.captionAll(test.pictures, options),
    );
    expect(await loaded.forcedLoss(test)).toEqual(await captioner.forcedLoss(test));
    for (const made of [captioner, loaded]) made.dispose();
  }, 60_000);
});
