import type { Random } from "@timestep/base";
import { bucketBatches, type TaggedExample } from "@timestep/data";
import type { Evaluation, Trainee } from "@timestep/training";
import type { Scalar } from "@tensorflow/tfjs-core";
import { encodeExample, type EncodedExample, type LabelledBatch, makeLabelledBatch } from "./batch.js";
import type { SlotModel } from "./model.js";
import { selectionScore } from "./scores.js";
import { cutAt, pieceEnds } from "./pieces.js";
import { bracketed } from "./tagged.js";
import type { SlotTagger } from "./tagger.js";

/** The places of some examples; what the trainer calls a batch. */
export type Places = readonly number[];

/** Slot filling as the trainer sees it. */
export class SlotTrainee implements Trainee<Places> {
  readonly model: SlotModel;
  private readonly tagger: SlotTagger;
  private readonly dev: readonly TaggedExample[];
  private readonly encoded: readonly EncodedExample[];

  constructor(tagger: SlotTagger, train: readonly TaggedExample[], dev: readonly TaggedExample[]) {
    this.model = tagger.model;
    this.tagger = tagger;
    this.dev = dev;
    this.encoded = train
      .flatMap(inPieces)
      .map((example) => encodeExample(example, tagger.vocabulary, tagger.settings.model));
  }

  epoch(_index: number, random: Random): Places[] {
    const { batchSize, maxTokens } = this.tagger.settings.training;
    const limits = maxTokens === undefined ? { batchSize } : { batchSize, maxTokens };
    return bucketBatches(
      this.encoded.map(({ words }) => words.length),
      limits,
      random,
    );
  }

  loss(places: Places, random: Random): Scalar {
    return this.model.loss(this.batch(places, random), random);
  }

  describe(places: Places): string {
    return `sentences ${places.map((place) => this.encoded[place]?.place).join(", ")}`;
  }

  examples(places: Places): number {
    return places.length;
  }

  async evaluate(): Promise<Evaluation> {
    const { tagger, dev } = this;
    const { metrics } = await tagger.evaluateAsync(dev);
    const samples: string[] = [];
    for (const { tokens } of dev.slice(0, 3)) samples.push(bracketed(await tagger.tagTokensAsync(tokens)));
    return { score: selectionScore(metrics, tagger.settings.selectBy), metrics, samples };
  }

  private batch(places: Places, random: Random): LabelledBatch {
    const examples = places.map((place) => this.encoded[place] as EncodedExample);
    return makeLabelledBatch(examples, { rate: this.tagger.settings.model.words.dropout, random });
  }
}

/** An example in pieces of readable length, without empty ones; slots are not cut. */
function inPieces(example: TaggedExample): TaggedExample[] {
  const ends = pieceEnds(example.tokens, (step) => example.tags[step]?.startsWith("I-") ?? false);
  const tags = cutAt(example.tags, ends);
  return cutAt(example.tokens, ends).flatMap((tokens, piece) =>
    tokens.length === 0 ? [] : [{ ...example, tokens, tags: tags[piece] as string[] }],
  );
}
