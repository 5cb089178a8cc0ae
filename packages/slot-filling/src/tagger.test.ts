import { ConfigError, DataError, seeded } from "@timestep/base";
import { fromBrackets } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { decodeSafetensors, encodeSafetensors, MemoryStore, runFiles } from "@timestep/training";
import { expectNoLeaks } from "@timestep/testing";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { inventedNames, tinySettings, trips } from "./fixtures/trips.js";
import { SlotTagger } from "./tagger.js";

const names = inventedNames(seeded(1), 20);
const examples = trips(seeded(2), 40, names);
const texts = ["find a trip leave Bado on May 3rd", "", "book to Kilu", "anything else?"];
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const modelOf = async (store: MemoryStore): Promise<Uint8Array> =>
  (await store.read(runFiles.model)) as Uint8Array;

/** A run in memory, trained for one epoch. */
async function trained(settings = tinySettings({}, { epochs: 1 })): Promise<MemoryStore> {
  const store = new MemoryStore("run");
  const { tagger } = await SlotTagger.train(examples, settings, { store });
  tagger.dispose();
  return store;
}

/** The same files in another store, some of them changed. */
async function changed(
  store: MemoryStore,
  changes: Record<string, Uint8Array | string | null>,
): Promise<MemoryStore> {
  const copy = new MemoryStore("run");
  for (const name of await store.list()) await copy.write(name, (await store.read(name)) as Uint8Array);
  for (const [name, content] of Object.entries(changes)) {
    if (content === null) await copy.remove(name);
    else await copy.write(name, content);
  }
  return copy;
}

beforeAll(() => startEngine({ engine: "wasm" }));

describe("a run", () => {
  it.each<[string, Parameters<typeof tinySettings>[0]]>([
    ["crf and character LSTM", {}],
    ["softmax and character CNN", { head: "softmax", characters: { kind: "cnn", size: 4, outputSize: 5 } }],
    [
      "words alone, two layers, one direction",
      {
        characters: { kind: "none" },
        caseSize: 0,
        encoder: { cell: "gru", hiddenSize: 8, layers: 2, bidirectional: false },
      },
    ],
    ["no intent and a fitted weight of O", { intent: false, fitOutside: true }],
  ])("trains, saves, loads and predicts the same: %s", async (_, model) => {
    const store = new MemoryStore();
    const { tagger, outcome } = await SlotTagger.train(examples, tinySettings(model), { store });
    expect(outcome).toMatchObject({ reason: "epochs", weights: "best" });
    const loaded = await SlotTagger.load(store);
    expect(loaded.settings).toEqual(tagger.settings);
    expect(loaded.baseline).toEqual(tagger.baseline);
    expect(loaded.vocabulary).toEqual(tagger.vocabulary);
    expect(loaded.tagAll(texts)).toEqual(tagger.tagAll(texts));
    expect(loaded.evaluate(examples)).toEqual(tagger.evaluate(examples));
    const again = new MemoryStore();
    await loaded.save(again);
    const weights = async (from: MemoryStore) => decodeSafetensors(await modelOf(from), "model").weights;
    expect(await weights(again)).toEqual(await weights(store));
    expect(await again.read(runFiles.vocabulary)).toEqual(await store.read(runFiles.vocabulary));
  });

  it("keeps pretrained vectors in its file: frozen ones unchanged, tuned ones moved", async () => {
    const words = [...new Set(examples.flatMap(({ tokens }) => tokens))].slice(0, 10);
    const values = Float32Array.from({ length: 4 * words.length }, (_, i) => Math.sin(i));
    const tables = await Promise.all(
      (["frozen", "tuned"] as const).map(async (mode) => {
        const store = new MemoryStore();
        const settings = tinySettings({ vectors: { mode } }, { epochs: 1 });
        const { tagger } = await SlotTagger.train(examples, settings, {
          store,
          vectors: { words, dimension: 4, values },
        });
        expect((await SlotTagger.load(store)).tagAll(texts)).toEqual(tagger.tagAll(texts));
        const table = decodeSafetensors(await modelOf(store), "model").weights.get("vectors.table")?.data;
        return table?.slice(8); // without the rows of padding and unknown words
      }),
    );
    expect(tables[0]).toEqual(values);
    expect(tables[1]).not.toEqual(values);
  });

  it("has the same bits for the same seed, others for another", async () => {
    const bytes = async (seed: number) =>
      modelOf(await trained({ ...tinySettings({}, { epochs: 1 }), seed }));
    const first = await bytes(3);
    expect(await bytes(3)).toEqual(first);
    expect(await bytes(4)).not.toEqual(first);
  });

  it("goes on from its checkpoint to the bits of an unbroken run, fitted weight of O and all", async () => {
    const settings = tinySettings({ fitOutside: true, inputDropout: 0.3 }, { epochs: 3, averaging: 0.9 });
    const whole = await trained(settings);
    const broken = new MemoryStore();
    const stop = new AbortController();
    const { outcome } = await SlotTagger.train(examples, settings, {
      store: broken,
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === 7) stop.abort();
      },
    });
    expect(outcome.reason).toBe("interrupted");
    expect((await SlotTagger.load(broken)).tagAll(texts)).toHaveLength(4); // what is kept is usable
    await SlotTagger.train(examples, settings, { store: broken, resume: true });
    expect(await modelOf(broken)).toEqual(await modelOf(whole));
  });

  it("uses the weights that did best on the dev sentences", async () => {
    const dev = trips(seeded(5), 10, names);
    const { tagger, outcome } = await SlotTagger.train(examples, tinySettings({}, { epochs: 4 }), { dev });
    const best = Math.max(...outcome.history.map(({ score }) => score));
    expect(outcome.bestScore).toBe(best);
    const { slotF1, intentAccuracy, frameAccuracy } = tagger.evaluate(dev).metrics as Record<string, number>;
    expect(((slotF1 as number) + (intentAccuracy as number) + (frameAccuracy as number)) / 3).toBeCloseTo(
      best,
      8,
    );
  });

  it("takes outsideWeight off the score of O, also after loading", async () => {
    const slots = async (outsideWeight: number): Promise<number> => {
      const store = new MemoryStore();
      await SlotTagger.train(examples, tinySettings({ outsideWeight }, { epochs: 1 }), { store });
      const loaded = await SlotTagger.load(store);
      return loaded
        .frames(examples)
        .flatMap(({ tags }) => tags)
        .filter((tag) => tag !== "O").length;
    };
    expect(await slots(-50)).toBe(0);
    expect(await slots(50)).toBe(examples.flatMap(({ tokens }) => tokens).length);
  });

  it("fits the weight of O so that the dev score is no worse", async () => {
    const score = async (fitOutside: boolean): Promise<number> => {
      const settings = { ...tinySettings({ fitOutside }, { epochs: 1 }), selectBy: "slotF1" as const };
      const { tagger } = await SlotTagger.train(examples, settings);
      return tagger.evaluate(examples).metrics["slotF1"] as number;
    };
    const [plain, fitted] = [await score(false), await score(true)];
    expect(plain).toBeLessThan(20); // after one epoch O hides nearly all slots
    expect(fitted).toBeGreaterThan(plain);
  });

  it.each(["crf", "softmax"] as const)(
    "trains on data of a single tag and a single intent with %s",
    async (head) => {
      const plain = ["hello there", "good day to you"].map((line) => ({
        ...fromBrackets(line),
        intent: "greet",
      }));
      const { tagger, outcome } = await SlotTagger.train(plain, tinySettings({ head }, { epochs: 1 }));
      expect(Number.isFinite(outcome.history[0]?.loss)).toBe(true);
      expect(tagger.tag("hello")).toMatchObject({ slots: [], intent: { label: "greet", confidence: 1 } });
    },
  );

  it("splits a long training sentence between its slots", async () => {
    const long = { ...fromBrackets(Array(400).fill("to [destination Kilu Bado]").join(" ")), intent: "find" };
    const { tagger } = await SlotTagger.train([long], tinySettings({}, { epochs: 1 }));
    expect(tagger.vocabulary.tags.labels).toEqual(["O", "B-destination", "E-destination"]);
    expect(tagger.tagTokens(long.tokens).tokens).toHaveLength(1200);
  });

  it.each([[[]], [[{ tokens: [], tags: [], origin: { file: "none", line: 1 } }]]])(
    "needs a sentence to train on",
    (none) => {
      expect(() => SlotTagger.untrained(none, tinySettings())).toThrow(/^SLOTS_NO_EXAMPLES/);
    },
  );

  it("leaves no tensors behind: steps, predictions, a run disposed of, a load that fails", async () => {
    const settings = tinySettings({}, { epochs: 1 });
    const store = await trained(settings);
    const tagger = await SlotTagger.load(store);
    await expectNoLeaks(() => void tagger.tagAll(texts));
    await expectNoLeaks(() => void tagger.evaluate(examples));
    tagger.dispose();
    let tensors: number | undefined;
    await expectNoLeaks(async () => {
      const { tagger: other } = await SlotTagger.train(examples, settings, {
        onProgress: () => {
          tensors ??= memory().numTensors;
          expect(memory().numTensors).toBe(tensors);
        },
      });
      other.dispose();
    });
    const damaged = await changed(store, { [runFiles.model]: (await modelOf(store)).slice(0, -4) });
    await expectNoLeaks(() => SlotTagger.load(damaged).catch(() => undefined));
  });
});

describe("a damaged run", () => {
  let store: MemoryStore;
  beforeAll(async () => {
    store = await trained();
  });

  const refusal = async (changes: Parameters<typeof changed>[1]): Promise<unknown> =>
    SlotTagger.load(await changed(store, changes)).then(
      () => "loaded",
      (error: unknown) => error,
    );
  const json = async (name: string): Promise<Record<string, unknown>> =>
    JSON.parse(text(await store.read(name))) as Record<string, unknown>;

  it("with a model cut short anywhere is refused as truncated or damaged", async () => {
    const bytes = await modelOf(store);
    for (const share of [0, 0.0001, 0.01, 0.1, 0.5, 0.99, 1 - 1 / bytes.length]) {
      const error = await refusal({ [runFiles.model]: bytes.slice(0, Math.floor(share * bytes.length)) });
      expect(error, String(share)).toBeInstanceOf(DataError);
      expect((error as DataError).code, String(share)).toMatch(/^MODEL_(TRUNCATED|HEADER|DOES_NOT_FIT)$/);
    }
  });

  it("with a hostile header is refused before anything of its size is made", async () => {
    const bytes = await modelOf(store);
    const lengths = [0n, 1n << 40n, 0xffff_ffff_ffff_ffffn];
    for (const length of lengths) {
      const hostile = bytes.slice();
      new DataView(hostile.buffer).setBigUint64(0, length, true);
      expect(await refusal({ [runFiles.model]: hostile }), String(length)).toBeInstanceOf(DataError);
    }
    const header = (shape: unknown, end: unknown): Uint8Array => {
      const head = new TextEncoder().encode(
        JSON.stringify({ "words.table": { dtype: "F32", shape, data_offsets: [0, end] } }).padEnd(160),
      );
      const file = new Uint8Array(bytes.length);
      new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
      file.set(head, 8);
      return file;
    };
    for (const [shape, end] of [
      [[1e9, 1e9], 4e18],
      [[-1], 4],
      [["2"], 8],
      [[1e999], null],
      [{}, 1],
    ]) {
      const error = await refusal({ [runFiles.model]: header(shape, end) });
      expect(error, JSON.stringify(shape)).toBeInstanceOf(DataError);
      expect((error as DataError).code).toMatch(/^MODEL_/);
    }
  });

  it("with the model of another run is refused by name", async () => {
    const other = await trained(tinySettings({ encoder: { hiddenSize: 12 } }, { epochs: 1 }));
    expect(await refusal({ [runFiles.model]: await modelOf(other) })).toMatchObject({
      code: "MODEL_DOES_NOT_FIT",
    });
    const { weights } = decodeSafetensors(await modelOf(store), "model");
    weights.delete("crf.start");
    expect(await refusal({ [runFiles.model]: encodeSafetensors(weights, {}) })).toMatchObject({
      code: "MODEL_DOES_NOT_FIT",
      message: expect.stringContaining("crf.start") as string,
    });
  });

  it.each(["config", "vocabulary", "model"] as const)("without its %s is refused", async (part) => {
    const error = await refusal({ [runFiles[part]]: null });
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code: "RUN_FILE_MISSING" });
  });

  it.each<[string, string]>([
    ["", "RUN_FILE_INVALID"],
    ["{", "RUN_FILE_INVALID"],
    ["null", "VOCAB_FORMAT"],
    ["{}", "LABEL_FORMAT"],
    ['{"words":{"kind":"vocabulary"}}', "LABEL_FORMAT"],
  ])("with a vocabulary of %j is refused", async (content, code) => {
    const error = await refusal({ [runFiles.vocabulary]: content });
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code });
  });

  it("with a word more or fewer than the model knows is refused", async () => {
    const saved = await json(runFiles.vocabulary);
    const words = saved["words"] as { tokens: string[] };
    for (const tokens of [[...words.tokens, "more"], words.tokens.slice(1)]) {
      const content = JSON.stringify({ ...saved, words: { ...words, tokens } });
      expect(await refusal({ [runFiles.vocabulary]: content })).toMatchObject({ code: "MODEL_DOES_NOT_FIT" });
    }
  });

  it("of another task, or of another version, is refused with the way forward", async () => {
    const config = await json(runFiles.config);
    const other = await refusal({ [runFiles.config]: JSON.stringify({ ...config, task: "speech" }) });
    expect(other).toBeInstanceOf(ConfigError);
    expect(other).toMatchObject({ code: "RUN_TASK" });
    const later = await refusal({ [runFiles.config]: JSON.stringify({ ...config, formatVersion: 99 }) });
    expect(later).toMatchObject({ code: "RUN_FORMAT_VERSION" });
  });

  it("with settings that do not fit the task is refused, huge sizes without trying them", async () => {
    const config = await json(runFiles.config);
    const model = (config["config"] as { model: object }).model;
    const withModel = (change: object): string =>
      JSON.stringify({
        ...config,
        config: { ...(config["config"] as object), model: { ...model, ...change } },
      });
    expect(await refusal({ [runFiles.config]: withModel({ head: "none" }) })).toMatchObject({
      code: "RUN_FILE_INVALID",
    });
    const huge = withModel({ encoder: { hiddenSize: 1_000_000_000 } });
    expect(await refusal({ [runFiles.config]: huge })).toMatchObject({ code: "MODEL_DOES_NOT_FIT" });
  });
});
