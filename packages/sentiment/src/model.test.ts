import { seeded } from "@timestep/base";
import { cellKinds, poolingKinds, pretrainedTable } from "@timestep/core";
import { type WordVectors } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { dispose, type Scalar, type Tensor, tidy, variableGrads, type Variable } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { makeBatch, makeLabelledBatch } from "./batch.js";
import { encodeText } from "./encode.js";
import { type SentimentExample, tokensOf } from "./examples.js";
import { opinions, smallSettings } from "./fixtures/opinions.js";
import { SentimentModel, textRows } from "./model.js";
import { type PartialSentimentSettings, treeCellKinds } from "./settings.js";
import { collectVocabulary } from "./vocabulary.js";

const random = seeded(3);
const examples = opinions(random, 6);
const labels = ["negative", "positive"];
const words = [...new Set(examples.flatMap((example) => tokensOf(example).map(({ text }) => text)))];
const vectors: WordVectors = {
  words: [...words.slice(2), "unseen"],
  dimension: 3,
  values: Float32Array.from({ length: 3 * (words.length - 1) }, () => random.normal()),
};

function make(settings: NonNullable<PartialSentimentSettings["model"]>, given?: WordVectors) {
  const { model: all } = smallSettings(settings);
  const vocabulary = collectVocabulary(examples, labels, all, given);
  const model = new SentimentModel(
    vocabulary,
    all,
    seeded(5),
    given === undefined ? undefined : pretrainedTable(given),
  );
  const texts = examples.map((example) =>
    encodeText(wordsOf(example, all.encoder.hierarchical), vocabulary, all, example.tree),
  );
  const batch = makeLabelledBatch(texts, vocabulary.labels.encode(examples.map(({ label }) => label)), all);
  return { model, vocabulary, settings: all, texts, batch };
}

/** The words of a text, or of two sentences that are the text. */
function wordsOf(example: SentimentExample, twice: boolean): string[] {
  const own = tokensOf(example).map(({ text }) => text);
  return twice ? [...own, ".", ...own] : own;
}

type Made = ReturnType<typeof make>;

function gradients({ model, batch }: Made): Map<string, number> {
  const parameters = model.parameters().filter(({ trainable }) => trainable);
  const variables: Variable[] = parameters.map(({ variable }) => variable);
  const { value, grads } = variableGrads((): Scalar => model.loss(batch, seeded(2)), variables);
  value.dispose();
  const norms = parameters.map(({ path, variable }) => {
    const gradient = grads[variable.name] as Tensor; // without one, training would stop
    const data = gradient.dataSync();
    gradient.dispose();
    return [path, Math.hypot(...data)] as const;
  });
  return new Map(norms);
}

type ModelSettings = NonNullable<PartialSentimentSettings["model"]>;

const without: readonly (readonly [string, ModelSettings])[] = [
  ...poolingKinds.map((pooling) => [`sequence, ${pooling}`, { encoder: { pooling } }] as const),
  ["sequence, two layers one way", { encoder: { layers: 2, bidirectional: false, pooling: "last" } }],
  ["sequence, hierarchical", { encoder: { hierarchical: true, pooling: "attention" } }],
  ["sequence, characters", { characters: { kind: "cnn", of: "all", size: 3, outputSize: 4 } }],
  ...treeCellKinds.map((cell) => [`tree, ${cell}`, { kind: "tree", tree: { cell } }] as const),
];
const kinds: [string, ModelSettings, WordVectors | undefined][] = [
  ...without.map(([name, settings]): [string, ModelSettings, undefined] => [name, settings, undefined]),
  ["sequence, frozen vectors", { vectors: { source: "v", mode: "frozen" } }, vectors],
  ["sequence, tuned vectors", { vectors: { source: "v", mode: "tuned" } }, vectors],
];

describe.each(["cpu", "wasm"])("on %s", (engine) => {
  beforeAll(async () => {
    await startEngine({ engine });
  });

  describe.each(kinds)("%s", (_, settings, given) => {
    it("has a loss that every trained parameter takes part in", () => {
      for (const [path, norm] of gradients(make(settings, given))) expect(norm, path).toBeGreaterThan(0);
    });

    it("says of texts together what it says of each alone", async () => {
      const { model, texts, settings: all } = make(settings, given);
      const together = makeBatch(texts, all);
      const { logits } = await model.predict(together);
      const rows = textRows(together.layout);
      for (const [index, text] of texts.entries()) {
        const alone = makeBatch([text], all);
        const said = await model.predict(alone);
        const own = textRows(alone.layout)[0] as number;
        const row = rows[index] as number;
        expectClose(logits.slice(2 * row, 2 * row + 2), said.logits.slice(2 * own, 2 * own + 2), 1e-4);
      }
    });

    it("leaves no tensors behind", async () => {
      const made = make(settings, given);
      await expectNoLeaks(() => void gradients(made));
      await expectNoLeaks(() => made.model.predict(made.batch));
      await expectNoLeaks(() =>
        made.model.wordWeights(
          made.batch,
          examples.map(() => 1),
        ),
      );
      await expectNoLeaks(() => {
        dispose(tidy(() => made.model.loss(made.batch, seeded(1))));
      });
    });
  });

  it("has a loss of its spelling, too, where every word is known or some are dropped", () => {
    const { model, texts, settings, vocabulary } = make({
      characters: { kind: "lstm", of: "unknown", size: 3, outputSize: 4 },
    });
    const ids = vocabulary.labels.encode(examples.map(({ label }) => label));
    const spelt = (rate: number): number => {
      const batch = makeLabelledBatch(texts, ids, settings, { rate, random: seeded(1) });
      const norms = gradients({ model, texts, settings, vocabulary, batch });
      return [...norms].reduce((sum, [path, norm]) => sum + (path.includes("characters") ? norm : 0), 0);
    };
    expect(spelt(0)).toBe(0);
    expect(spelt(0.5)).toBeGreaterThan(0);
  });

  it("runs any cell", async () => {
    for (const cell of cellKinds) {
      const made = make({ encoder: { cell, pooling: "mean" } });
      const { logits } = await made.model.predict(made.batch);
      expect(logits.every(Number.isFinite), cell).toBe(true);
    }
  });

  it("weighs words by gradient × input: in a linear network they add up to the difference from no input", async () => {
    // Mean pooling after a network whose recurrent part is held at zero is not linear; a tiny input nearly is.
    const made = make({ encoder: { pooling: "mean", cell: "elman" } });
    const table = made.model.parameters().find(({ path }) => path === "reader.words.table");
    const weights = await made.model.weights();
    const small = new Map(
      [...weights].map(([path, { shape, data }]) => [
        path,
        { shape, data: path === table?.path ? data.map((value) => value * 1e-2) : data },
      ]),
    );
    made.model.loadWeights(small);
    const { logits } = await made.model.predict(made.batch);
    const none = new Map(small);
    const zero = small.get("reader.words.table");
    none.set("reader.words.table", {
      shape: zero?.shape ?? [],
      data: new Float32Array(zero?.data.length ?? 0),
    });
    const chosen = examples.map(() => 1);
    const given = await made.model.wordWeights(made.batch, chosen);
    made.model.loadWeights(none);
    const { logits: base } = await made.model.predict(made.batch);
    examples.forEach((_example, row) => {
      const margin = (all: Float32Array): number =>
        ((all[2 * row + 1] as number) - (all[2 * row] as number)) / 2;
      const rows = Array.from(made.batch.wordRows[row] ?? [], (at) => given[at] as number);
      const sum = rows.reduce((total, weight) => total + weight, 0);
      expect(Math.abs(sum - (margin(logits) - margin(base)))).toBeLessThan(1e-4);
      expect(Math.abs(sum)).toBeGreaterThan(1e-5);
    });
  });
});

describe("tuned vectors", () => {
  beforeAll(async () => {
    await startEngine({ engine: "cpu" });
  });

  it("start where the pretrained ones are, move at their own rate, and serve words that training lacks", async () => {
    const { model, vocabulary, settings } = make(
      { vectors: { source: "v", mode: "tuned", rate: 0.2 } },
      vectors,
    );
    const table = model.parameters().find(({ path }) => path === "reader.words.table");
    expect(table).toMatchObject({ rate: 0.2, trainable: true });
    const all = await model.weights();
    const word = vectors.words[0] as string;
    const id = vocabulary.words.id(word.toLowerCase());
    expectClose(
      all.get("reader.words.table")?.data.slice(3 * id, 3 * id + 3) ?? [],
      vectors.values.slice(0, 3),
      1e-6,
    );
    const said = async (text: string): Promise<Float32Array> =>
      (await model.predict(makeBatch([encodeText([text], vocabulary, settings)], settings))).logits;
    expect(Array.from(await said("unseen"))).not.toEqual(Array.from(await said("unheard")));
    expect(Array.from(await said("unheard"))).toEqual(Array.from(await said("unthought")));
  });
});
