import type { Random } from "@timestep/base";
import { crossEntropy, Dense, dropout, Module, type PretrainedTable, type TreePath } from "@timestep/core";
import {
  add,
  dispose,
  gather,
  grad,
  mean,
  mul,
  reshape,
  type Scalar,
  scalar,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  tensor2d,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import type { LabelledBatch, Layout, TextBatch } from "./batch.js";
import { SequenceBody } from "./sequence-body.js";
import type { SentimentModelSettings } from "./settings.js";
import { TreeBody } from "./tree-body.js";
import type { SentimentVocabulary } from "./vocabulary.js";
import { WordReader } from "./word-reader.js";

/** What the model says about a batch, before its temperature is taken into account. */
export interface ModelOutput {
  /** [R, K]: a row for each text, or for each node of each tree. */
  readonly logits: Float32Array;
  /** [N]: by the rows of the words; with attention alone. */
  readonly attention: Float32Array | undefined;
}

/** The rows of the scores that belong to whole texts. */
export function textRows(layout: Layout): Int32Array {
  if (layout.kind === "tree") return layout.plan.roots;
  return Int32Array.from({ length: layout.documents?.batch ?? layout.batch }, (_, row) => row);
}

/**
 * Says what a text feels: words as vectors -> a recurrent network over words, or a recursive one over a parse tree ->
 * a score for each label.
 */
export class SentimentModel extends Module {
  private readonly settings: SentimentModelSettings;
  private readonly labelCount: number;
  private readonly reader: WordReader;
  private readonly body: SequenceBody | TreeBody;
  private readonly head: Dense;
  /** [1]: what scores are divided by for confidences; fitted after training. */
  private readonly warmth: Variable;

  /** @param path How trees are run; for comparisons. */
  constructor(
    vocabulary: SentimentVocabulary,
    settings: SentimentModelSettings,
    random: Random,
    pretrained?: PretrainedTable,
    path?: TreePath,
  ) {
    super();
    this.settings = settings;
    this.labelCount = vocabulary.labels.size;
    this.reader = this.child("reader", new WordReader(vocabulary, settings, random, pretrained));
    const inputSize = this.reader.outputSize;
    this.body =
      settings.kind === "tree"
        ? this.child("tree", new TreeBody(inputSize, settings, random, path))
        : this.child("sequence", new SequenceBody(inputSize, settings, random));
    this.head = this.child(
      "head",
      new Dense({ inputSize: this.body.outputSize, outputSize: this.labelCount, random }),
    );
    this.warmth = this.parameter(
      "temperature",
      { shape: [1], data: Float32Array.of(1) },
      { trainable: false },
    );
  }

  /** Length of the pretrained vectors, or null without them. */
  get vectorSize(): number | null {
    return this.reader.vectorSize;
  }

  /** What scores are divided by before they become confidences. */
  async temperature(): Promise<number> {
    return (await this.warmth.data())[0] as number;
  }

  setTemperature(temperature: number): void {
    tidy(() => {
      this.warmth.assign(tensor1d([temperature]));
    });
  }

  /** Mean loss over the rows with a label, by their weights. `random` drives dropout. */
  loss({ rows, layout, targets }: LabelledBatch, random: Random): Scalar {
    return tidy(() => {
      const { logits } = this.run(this.reader.read(rows), layout, random);
      // One label alone is certain, and TF.js has no one-hot vector of it.
      if (this.labelCount === 1) return mean(mul(logits, 0));
      const scored: Tensor2D = gather(logits, tensor1d(targets.rows, "int32"));
      const total = targets.weights.reduce((all, weight) => all + weight, 0);
      if (total === 0) return add(mean(mul(logits, 0)), scalar(0));
      const losses = crossEntropy(scored, targets.labels);
      return sum(mul(losses, tensor1d(targets.weights.map((weight) => weight / total))));
    });
  }

  /** The scores of a batch. */
  async predict({ rows, layout }: TextBatch): Promise<ModelOutput> {
    const { logits, attention } = tidy(() => ({ ...this.run(this.reader.read(rows), layout, undefined) }));
    try {
      return {
        logits: (await logits.data()) as Float32Array,
        attention: attention === undefined ? undefined : ((await attention.data()) as Float32Array),
      };
    } finally {
      dispose([logits, ...(attention === undefined ? [] : [attention])]);
    }
  }

  /**
   * How much each word speaks for a label of its text: gradient × input of the label's score above the mean of all.
   *
   * [N]: by the rows of the words.
   */
  async wordWeights({ rows, layout }: TextBatch, labels: readonly number[]): Promise<Float32Array> {
    const weights = tidy(() => {
      const pick = Float32Array.from({ length: labels.length * this.labelCount }, (_, at) => {
        const chosen = at % this.labelCount === labels[Math.floor(at / this.labelCount)];
        return Number(chosen) - 1 / this.labelCount;
      });
      const choice = tensor2d(pick, [labels.length, this.labelCount]);
      const own = tensor1d(textRows(layout), "int32");
      const margin = (x: Tensor): Tensor =>
        sum(mul(gather(this.run(x as Tensor2D, layout, undefined).logits, own), choice));
      const x = this.reader.read(rows);
      return sum(mul(grad(margin)(x), x), 1);
    });
    try {
      return (await weights.data()) as Float32Array;
    } finally {
      weights.dispose();
    }
  }

  private run(
    words: Tensor2D,
    layout: Layout,
    random: Random | undefined,
  ): { logits: Tensor2D; attention?: Tensor1D } {
    const x = dropout(words, { rate: this.settings.inputDropout, random });
    const out = (features: Tensor2D): Tensor2D =>
      this.head.apply(dropout(features, { rate: this.settings.outputDropout, random }));
    if (layout.kind === "tree") return { logits: out((this.body as TreeBody).run(x, layout)) };
    const { features, attention } = (this.body as SequenceBody).run(x, layout, random);
    const logits = out(features);
    return attention === undefined ? { logits } : { logits, attention: reshape(attention, [-1]) };
  }
}
