import { seeded } from "@timestep/base";
import { cellKinds } from "@timestep/core";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { MemoryStore, runFiles } from "@timestep/training";
import { type Tensor, variableGrads } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Captioner, type CaptionLessons, type CaptionOptions } from "./captioner.js";
import { toyPictures, toySettings, toyWith } from "./fixtures/toy-pictures.js";
import { captionBatch } from "./model.js";
import { leastModelValues } from "./saved.js";
import { captioningSettings, type PartialCaptioningSettings, pictureForms } from "./settings.js";

beforeAll(() => startEngine());

/** Long captions in which the same comes again and again, so that rules have something to forbid. */
const says = (colour: string, thing: string): string[] => [
  `a ${colour} ${thing} and a ${colour} ${thing} and a ${colour} ${thing}`,
  `the ${thing} is ${colour}`,
];
const lessons = toyPictures(seeded(1), 54, says);
const few = toyPictures(seeded(2), 9, says);
const untrained = (
  model: PartialCaptioningSettings["model"] = {},
  more: PartialCaptioningSettings = {},
): Captioner => Captioner.untrained(lessons, captioningSettings.parse(toyWith(model, more)));
const refusal = (code: string): Error => expect.objectContaining({ code }) as Error;

describe("settings of a captioner", () => {
  it.each(
    cellKinds.flatMap((cell) => (["attention", "first-input"] as const).map((form) => [cell, form] as const)),
  )(
    "learn a little with cell %s as %s, and are the same after they were loaded",
    async (cell, form) => {
      const training = { ...toySettings.training, epochs: 1, evaluateEvery: 1 };
      const captioner = untrained({ cell, form }, { training, selectBy: "loss", captionsPerPicture: 1 });
      const before = (await captioner.forcedLoss(few)).loss;
      const store = new MemoryStore("run");
      await captioner.fit(lessons, { dev: few, store });
      const after = await captioner.forcedLoss(few);
      expect(after.loss).toBeLessThan(before);
      expect(after.perplexity).toBeCloseTo(Math.exp(after.loss), 6);
      const loaded = await Captioner.load(store);
      expect(await loaded.forcedLoss(few)).toEqual(after);
      const values = captioner.model.parameters().reduce((total, { variable }) => total + variable.size, 0);
      const least = leastModelValues(captioner.vocabulary, captioner.pictures, captioner.settings);
      expect(least).toBeLessThanOrEqual(values);
      expect(least).toBeGreaterThan(values / 20);
      for (const made of [captioner, loaded]) made.dispose();
    },
    30_000,
  );

  it.each(pictureForms)("let gradients reach every parameter, %s", (form) => {
    const captioner = untrained(
      { form, layers: 2, tied: false, dropout: { picture: 0.1, input: 0.1, layers: 0.1, output: 0.1 } },
      { picture: { size: 12, positions: true } },
    );
    const { model, vocabulary } = captioner;
    const captions = few.captions.flat().map((caption) => vocabulary.encode(caption));
    const pictureOf = Int32Array.from(captions, (_, n) => Math.floor(n / 2));
    const values = few.pictures.gridsOf([...Array(9).keys()]);
    const batch = captionBatch({ count: 9, values }, captions, pictureOf, 8);
    const parameters = model.parameters();
    const { value, grads } = variableGrads(
      () => model.loss(batch, seeded(1), { trueTokens: 0.5 }),
      parameters.map(({ variable }) => variable),
    );
    const still = parameters.filter(({ variable }) => {
      const gradient = grads[variable.name] as Tensor | undefined;
      return gradient === undefined || gradient.dataSync().every((number) => number === 0);
    });
    expect(still.map(({ path }) => path)).toEqual([]);
    for (const tensor of [value, ...Object.values(grads)]) tensor.dispose();
    captioner.dispose();
  });

  it("refuses what no captioner can learn from", () => {
    const nothing: CaptionLessons = { ...lessons, captions: lessons.captions.map(() => []) };
    const settings = captioningSettings.parse(toySettings);
    expect(() => Captioner.untrained(nothing, settings)).toThrow(refusal("CAPTION_NO_LESSONS"));
    expect(() => untrained({}, { text: { minCount: 1000 } })).toThrow(refusal("CAPTION_NO_WORDS"));
    expect(() => untrained({ attention: { kind: "dot" } })).toThrow(refusal("ATTENTION_SIZE"));
    const rewarded =
      (reward: object, more: PartialCaptioningSettings = {}) =>
      () =>
        untrained({}, { reward, ...more });
    expect(rewarded({ epochs: 12 })).toThrow(refusal("CAPTION_REWARD"));
    expect(rewarded({ epochs: 2 }, { selectBy: "loss" })).toThrow(refusal("CAPTION_REWARD"));
    rewarded({ epochs: 11 })().dispose();
    for (const wrong of [{ model: { form: "late" } }, { captions: 1 }, { model: { dropout: { input: 1 } } }])
      expect(captioningSettings.safeParse(wrong).success).toBe(false);
  });
});

describe("searches", () => {
  const captioner = (): Promise<Captioner> =>
    Captioner.train(
      lessons,
      toyWith({}, { text: { minCount: 1, maxWords: 14 }, training: { ...toySettings.training, epochs: 6 } }),
    ).then((made) => made.captioner);
  let made: Captioner;
  beforeAll(async () => {
    made = await captioner();
  }, 60_000);
  const texts = async (options: CaptionOptions = {}): Promise<string[][]> =>
    (await made.captionAll(few.pictures, options)).map(({ nbest }) => nbest.map(({ text }) => text));

  it("repeats no run of three words, in any way of searching", async () => {
    const trigramsOf = (text: string): string[] => {
      const words = text.split(" ");
      return words.slice(2).map((_, n) => words.slice(n, n + 3).join(" "));
    };
    const repeats = (all: string[][]): number =>
      all.flat().filter((text) => new Set(trigramsOf(text)).size < trigramsOf(text).length).length;
    expect(repeats(await texts({ beam: 3, nBest: 3, noRepeat: 0 }))).toBeGreaterThan(0);
    const sample = { temperature: 1, random: seeded(1) };
    for (const options of [
      { beam: 1 },
      { beam: 3, nBest: 3 },
      { beam: 4, groups: 2, nBest: 4 },
      { sample, nBest: 5 },
    ])
      expect(repeats(await texts(options))).toBe(0);
  });

  it("ends on no word that wants another, even where a caption is cut", async () => {
    const dangles = (text: string): boolean =>
      made.vocabulary.dangles(made.vocabulary.encode(text).at(-1) as number);
    expect(dangles("a red ball and a")).toBe(true);
    expect(dangles("a red ball")).toBe(false);
    const sample = (seed: number) => ({ temperature: 3, random: seeded(seed) });
    const wild = (await texts({ sample: sample(1), nBest: 20, noDangling: false })).flat();
    expect(wild.filter(dangles).length).toBeGreaterThan(5);
    const tame = (await texts({ sample: sample(1), nBest: 20 })).flat();
    expect(tame.filter(dangles)).toEqual([]);
    expect(tame.some((text) => text.split(" ").length > 10)).toBe(true);
    expect((await texts({ beam: 3, nBest: 3 })).flat().filter(dangles)).toEqual([]);
  });

  it("finds at least as probable captions with a wider beam, best first and all different", async () => {
    const scores = async (beam: number): Promise<number[]> =>
      (await made.captionAll(few.pictures, { beam, lengthPenalty: 0 })).map(({ score }) => score);
    const [narrow, wide] = [await scores(1), await scores(6)];
    const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;
    expect(mean(wide)).toBeGreaterThanOrEqual(mean(narrow) - 1e-6);
    for (const { nbest, caption, score } of await made.captionAll(few.pictures, { nBest: 4 })) {
      expect(nbest).toHaveLength(4);
      expect(nbest[0]).toEqual({ text: caption, score });
      expect(nbest.map((one) => one.score)).toEqual(nbest.map((one) => one.score).toSorted((a, b) => b - a));
      expect(new Set(nbest.map(({ text }) => text)).size).toBe(4);
    }
  });

  it("says more different first words in groups that avoid each other", async () => {
    const firstWords = async (options: CaptionOptions): Promise<number> => {
      const all = await texts({ beam: 4, nBest: 4, ...options });
      return all.reduce((sum, own) => sum + new Set(own.map((text) => text.split(" ")[0])).size, 0);
    };
    expect(await firstWords({ groups: 4, diversity: 5 })).toBeGreaterThan(await firstWords({ groups: 1 }));
  });

  it("draws captions that depend on the random numbers alone, best first", async () => {
    const drawn = (seed: number, temperature = 1) =>
      texts({ sample: { temperature, random: seeded(seed) }, nBest: 3 });
    expect(await drawn(1)).toEqual(await drawn(1));
    expect(await drawn(1, 2)).not.toEqual(await drawn(2, 2));
    const cold = await drawn(1, 1e-4);
    expect(cold.map(([first]) => first)).toEqual((await texts({ beam: 1 })).map(([first]) => first));
  });

  it("tells what each word looked at: weights of all places that add up to 1", async () => {
    for (const { caption, words = [] } of await made.captionAll(few.pictures, { attention: true })) {
      expect(words.map(({ text }) => text).join(" ")).toBe(caption);
      for (const { places } of words) {
        expect(places).toHaveLength(4);
        expect(places.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }
    }
    expect((await made.captionAll(few.pictures))[0]?.words).toBeUndefined();
    const blind = untrained({ form: "merge" });
    expect(blind.attends).toBe(false);
    expect((await blind.captionAll(few.pictures, { attention: true }))[0]?.words).toBeUndefined();
    blind.dispose();
  });

  it("answers together with itself as alone, with others in between, and with those of other words never", async () => {
    const self = { captioner: made, pictures: few.pictures };
    const [alone, twice] = [
      await made.captionAll(few.pictures),
      await made.captionAll(few.pictures, { with: [self] }),
    ];
    expect(twice.map(({ caption }) => caption)).toEqual(alone.map(({ caption }) => caption));
    twice.forEach(({ score }, n) => {
      expect(score).toBeCloseTo(alone[n]?.score as number, 4);
    });
    const other = untrained({}, { search: { beam: 2 }, text: { minCount: 1, maxWords: 14 }, seed: 3 });
    const pair = { with: [{ captioner: other, pictures: few.pictures }] };
    expect((await made.captionAll(few.pictures, pair))[0]?.score).not.toBeCloseTo(
      alone[0]?.score as number,
      2,
    );
    const stranger = Captioner.untrained(toyPictures(seeded(1), 9), captioningSettings.parse(toySettings));
    await expect(
      made.captionAll(few.pictures, { with: [{ captioner: stranger, pictures: few.pictures }] }),
    ).rejects.toThrow(refusal("ENSEMBLE_UNITS"));
    for (const one of [other, stranger]) one.dispose();
  });

  it("refuses pictures of another shape, and leaves no tensor behind", async () => {
    const shape = [1, 4, 5] as const;
    const wrong = { count: 1, shape, gridsOf: () => new Float32Array(20) };
    await expect(made.captionAll(wrong)).rejects.toThrow(refusal("CAPTION_PICTURE_SHAPE"));
    await expect(made.fit({ ...few, pictures: wrong })).rejects.toThrow(refusal("CAPTION_PICTURE_SHAPE"));
    await expectNoLeaks(async () => {
      await made.captionAll(few.pictures, { nBest: 2, attention: true });
      await made.captionAll(few.pictures, { beam: 1 });
      await made.captionAll(few.pictures, { with: [{ captioner: made, pictures: few.pictures }] });
      await made.forcedLoss(few);
    });
  });
});

describe("a run of a captioner", () => {
  it("keeps where features come from", async () => {
    const origin = { network: "a fingerprint" };
    const captioner = Captioner.untrained(lessons, captioningSettings.parse(toySettings), origin);
    const store = new MemoryStore("run");
    await captioner.save(store);
    const loaded = await Captioner.load(store);
    expect(loaded.pictures).toEqual({ shape: [2, 2, 6], network: "a fingerprint" });
    for (const made of [captioner, loaded]) made.dispose();
  });

  it("is refused when a file is damaged or missing, or promises more than it holds", async () => {
    const captioner = untrained();
    const store = new MemoryStore("run");
    await captioner.save(store);
    const vocabulary = JSON.stringify(
      JSON.parse(new TextDecoder().decode(await store.read(runFiles.vocabulary))),
    );
    const loading = async (name: string, content: string | Uint8Array): Promise<Captioner> => {
      const damaged = new MemoryStore("run");
      for (const file of await store.list())
        await damaged.write(file, (await store.read(file)) as Uint8Array);
      await damaged.write(name, content);
      return Captioner.load(damaged);
    };
    for (const text of [
      "{}",
      "3",
      vocabulary.replace('"dangling":[', '"dangling":["x",'),
      vocabulary.replace("[2,2,6]", "[2,0,6]"),
    ])
      await expect(loading(runFiles.vocabulary, text)).rejects.toThrow(/VOCAB_FORMAT|SEGMENT_FORMAT/);
    await expect(loading(runFiles.vocabulary, vocabulary.slice(0, 50))).rejects.toThrow(/RUN_FILE_INVALID/);
    const weights = (await store.read(runFiles.model)) as Uint8Array;
    await expect(loading(runFiles.model, weights.subarray(0, 100))).rejects.toThrow(/MODEL_/);
    const config = new TextDecoder().decode(await store.read(runFiles.config));
    await expect(
      loading(runFiles.config, config.replace('"hiddenSize": 24', '"hiddenSize": 24000')),
    ).rejects.toThrow(/MODEL_/);
    await store.remove(runFiles.model);
    await expect(Captioner.load(store)).rejects.toThrow(/RUN_FILE_MISSING|MODEL_/);
    captioner.dispose();
  });
});
