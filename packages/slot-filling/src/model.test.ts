import { seeded } from "@timestep/base";
import { cellKinds, pretrainedTable } from "@timestep/core";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { type Scalar, tidy, variableGrads, zerosLike } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeExample, encodeTokens, makeBatch, makeLabelledBatch } from "./batch.js";
import { inventedNames, tinySettings, trips } from "./fixtures/trips.js";
import { SlotModel } from "./model.js";
import type { SlotModelSettings } from "./settings.js";
import type { PartialSlotSettings } from "./tagger.js";
import { collectVocabulary } from "./vocabulary.js";

const random = seeded(4);
const examples = trips(random, 12, inventedNames(random, 8));
const vectorWords = [...new Set(examples.flatMap(({ tokens }) => tokens))];
const vectors = {
  words: vectorWords,
  dimension: 3,
  values: Float32Array.from({ length: 3 * vectorWords.length }, () => random.normal()),
};

type ModelSettings = NonNullable<PartialSlotSettings["model"]>;

/** A model with its vocabulary and a batch of all examples. */
function make(settings: ModelSettings = {}, withVectors = false) {
  const resolved: SlotModelSettings = tinySettings({ inputDropout: 0, outputDropout: 0, ...settings }).model;
  const vocabulary = collectVocabulary(examples, resolved, withVectors ? vectors : undefined);
  const model = new SlotModel(
    vocabulary,
    resolved,
    seeded(9),
    withVectors ? pretrainedTable(vectors) : undefined,
  );
  const batch = makeLabelledBatch(examples.map((example) => encodeExample(example, vocabulary, resolved)));
  return { model, vocabulary, batch, settings: resolved };
}

/** Loss of a batch and the gradient of each parameter by path. */
function gradients({ model, batch }: ReturnType<typeof make>): {
  loss: number;
  byPath: Map<string, Float32Array>;
} {
  const trained = model.parameters().filter(({ trainable }) => trainable);
  return tidy(() => {
    const { value, grads } = variableGrads(
      () => model.loss(batch, seeded(3)),
      trained.map(({ variable }) => variable),
    );
    const byPath = trained.map(
      ({ path, variable }) => [path, grads[variable.name]?.dataSync() as Float32Array] as const,
    );
    return { loss: value.dataSync()[0] as number, byPath: new Map(byPath) as never };
  });
}

const paths = (model: SlotModel): string[] => model.parameters().map(({ path }) => path);
const lossOf = ({ model, batch }: ReturnType<typeof make>, seed = 3): number =>
  tidy(() => model.loss(batch, seeded(seed)).dataSync()[0] as number);

beforeAll(() => startEngine({ engine: "wasm" }));

describe.each(cellKinds)("a model of %s", (cell) => {
  it("takes a step with a finite loss and moves every parameter", () => {
    const made = make({
      encoder: { cell, hiddenSize: 8, layers: 2 },
      characters: { kind: "cnn", size: 3, outputSize: 4 },
    });
    const { loss, byPath } = gradients(made);
    expect(Number.isFinite(loss)).toBe(true);
    expect(byPath.size).toBeGreaterThan(10);
    for (const [path, gradient] of byPath) {
      expect(gradient.every(Number.isFinite), path).toBe(true);
      expect(
        gradient.some((value) => value !== 0),
        path,
      ).toBe(true);
    }
    made.model.dispose();
  });
});

describe("options of the model", () => {
  it("head: a CRF has transitions, softmax has none, and their losses differ", () => {
    const [crf, softmax] = [make({ head: "crf" }), make({ head: "softmax" })];
    expect(paths(crf.model).filter((path) => path.startsWith("crf."))).toHaveLength(3);
    expect(paths(softmax.model).some((path) => path.startsWith("crf."))).toBe(false);
    expect(lossOf(crf)).not.toBeCloseTo(lossOf(softmax), 3);
  });

  it("characters: lstm, cnn or none", () => {
    const starts = (made: ReturnType<typeof make>) =>
      paths(made.model).filter((path) => path.startsWith("characters."));
    expect(starts(make({ characters: { kind: "lstm" } })).join()).toContain("forward");
    expect(starts(make({ characters: { kind: "cnn" } }))).toContain("characters.filters");
    expect(starts(make({ characters: { kind: "none" } }))).toEqual([]);
  });

  it("caseSize 0 leaves the capitalisation out", () => {
    const read = (caseSize: number, text: string): number[] => {
      const { model, vocabulary, settings } = make({ caseSize, characters: { kind: "none" } });
      const { marginals } = model.predict(makeBatch([encodeTokens(text.split(" "), vocabulary, settings)]));
      return marginals.flat().flatMap((step) => Array.from(step));
    };
    expect(read(0, "leave Kato")).toEqual(read(0, "LEAVE kato"));
    expect(read(4, "leave Kato")).not.toEqual(read(4, "LEAVE kato"));
    expect(paths(make({ caseSize: 0 }).model)).not.toContain("cases.table");
  });

  it("layers, bidirectional and hiddenSize shape the encoder", () => {
    const count = (encoder: ModelSettings["encoder"]): number => make({ encoder }).model.parameterCount();
    const one = count({ hiddenSize: 8 });
    expect(count({ hiddenSize: 8, layers: 2 })).toBeGreaterThan(one);
    expect(count({ hiddenSize: 8, bidirectional: false })).toBeLessThan(one);
    expect(count({ hiddenSize: 16 })).toBeGreaterThan(one);
  });

  it("an encoder that reads one way knows nothing of what follows", () => {
    const first = (bidirectional: boolean, text: string): number[] => {
      const made = make({ encoder: { hiddenSize: 8, bidirectional }, head: "softmax", intent: false });
      const encoded = encodeTokens(text.split(" "), made.vocabulary, made.settings);
      return Array.from(made.model.predict(makeBatch([encoded])).marginals[0]?.[0] ?? []);
    };
    expectClose(first(false, "find trip"), first(false, "find leave"), 1e-6);
    expect(() => {
      expectClose(first(true, "find trip"), first(true, "find leave"), 1e-6);
    }).toThrow();
  });

  it.each(["inputDropout", "outputDropout"] as const)(
    "%s draws from the random numbers of training only",
    (name) => {
      const made = make({ [name]: 0.5 });
      expect(lossOf(made, 1)).not.toBe(lossOf(made, 2));
      expect(lossOf(made, 1)).toBe(lossOf(made, 1));
      expect(made.model.predict(made.batch)).toEqual(made.model.predict(made.batch));
      const still = make();
      expect(lossOf(still, 1)).toBe(lossOf(still, 2));
    },
  );

  it("intent and intentWeight: the intent's part of the loss", () => {
    const [none, weightless, once, twice] = [
      make({ intent: false }),
      make({ intentWeight: 0 }),
      make({ intentWeight: 1 }),
      make({ intentWeight: 2 }),
    ].map((made) => lossOf(made)) as [number, number, number, number];
    expect(weightless).toBeCloseTo(none, 5);
    expect(once).toBeGreaterThan(none);
    expect(twice - once).toBeCloseTo(once - none, 4);
    expect(paths(make({ intent: false }).model).some((path) => /^(intent|pooling)\./.test(path))).toBe(false);
    expect(make({ intent: false }).model.predict(make({ intent: false }).batch).intents).toBeUndefined();
  });

  it("vectors: frozen ones get no gradient, tuned ones do; both are read", () => {
    const frozen = make({}, true);
    const tuned = make({ vectors: { mode: "tuned" } }, true);
    expect(gradients(frozen).byPath.has("vectors.table")).toBe(false);
    expect(
      gradients(tuned)
        .byPath.get("vectors.table")
        ?.some((value) => value !== 0),
    ).toBe(true);
    expect(frozen.model.vectorSize).toBe(3);
    expect(make().model.vectorSize).toBeNull();
    expect(lossOf(frozen)).toBe(lossOf(tuned));
    const before = lossOf(frozen);
    const table = frozen.model.parameters().find(({ path }) => path === "vectors.table")?.variable;
    if (table !== undefined) table.assign(zerosLike(table));
    expect(lossOf(frozen)).not.toBe(before);
  });

  it("weighOutside trades O for slots at prediction and leaves the loss alone", () => {
    for (const head of ["crf", "softmax"] as const) {
      const made = make({ head });
      const outside = made.vocabulary.tags.id("O");
      const slots = (): number =>
        made.model
          .predict(made.batch)
          .paths.flatMap(({ tags }) => tags)
          .filter((tag) => tag !== outside).length;
      const loss = lossOf(made);
      const before = made.model.predict(made.batch);
      made.model.weighOutside(50);
      expect(slots(), head).toBe(made.batch.lengths.reduce((total, length) => total + length, 0));
      made.model.weighOutside(-50);
      expect(slots(), head).toBe(0);
      expect(lossOf(made)).toBe(loss);
      made.model.weighOutside(0);
      expect(made.model.predict(made.batch)).toEqual(before);
    }
  });
});

describe.each(["crf", "softmax"] as const)("loss with %s", (head) => {
  it("matches numeric gradients, through every part", async () => {
    const made = make({
      head,
      characters: { kind: "lstm", size: 3, outputSize: 4 },
      encoder: { hiddenSize: 4 },
    });
    const trained = made.model.parameters().filter(({ trainable }) => trainable);
    const variables = trained.map(({ variable }) => variable);
    const loss = (): Scalar => made.model.loss(made.batch, seeded(3));
    await expectGradients(loss, variables, { sample: 6 }).within(2e-2);
  });

  it("of a batch is the token-weighted mean of its rows' losses, whatever the padding", () => {
    const made = make({ head, intent: false });
    const rows = examples.map((example) => encodeExample(example, made.vocabulary, made.settings));
    const alone = rows.map((row) => lossOf({ ...made, batch: makeLabelledBatch([row]) }));
    const tokens = rows.map(({ words }) => words.length);
    const total = tokens.reduce((sum, count) => sum + count, 0);
    const mean = alone.reduce((sum, loss, row) => sum + loss * (tokens[row] as number), 0) / total;
    expect(lossOf(made)).toBeCloseTo(mean, 4);
  });

  it("leaves no tensors behind", async () => {
    const made = make({ head, inputDropout: 0.2 });
    await expectNoLeaks(() => void gradients(made));
    await expectNoLeaks(() => void made.model.predict(made.batch));
  });
});
