import { type Random, seeded } from "@timestep/base";
import {
  createEncoder,
  dropout,
  Embedding,
  Module,
  type TargetBatch,
  teacherForced,
  TokenDecoder,
} from "@timestep/core";
import { train, type Trainee, trainingSettings } from "@timestep/training";
import type { Scalar, Tensor3D } from "@tensorflow/tfjs-core";

/** Sizes of an encoder-decoder, as tools/bench/torch_translation.py takes them. */
export interface TranslationSizes {
  readonly sourceVocabulary: number;
  readonly targetVocabulary: number;
  readonly embeddingSize: number;
  /** Of each direction. */
  readonly encoderSize: number;
  readonly decoderSize: number;
  readonly outputSize: number;
  readonly dropout: number;
}

/** How it is trained. */
export interface TranslationTraining {
  readonly learningRate: number;
  readonly labelSmoothing: number;
  readonly clipNorm: number;
}

/** Source and target of an example as ids. */
export type IdPair = readonly [source: readonly number[], target: readonly number[]];

/** What both sides are asked. */
export interface TranslationRequest {
  readonly batches: readonly (readonly IdPair[])[];
  readonly begin: number;
  readonly end: number;
  /** Steps that do not count. */
  readonly warmUp: number;
  /** No side counts longer than that; what was done by then is the result. */
  readonly seconds: number;
  readonly model: TranslationSizes;
  readonly training: TranslationTraining;
}

/** A bidirectional LSTM and an LSTM decoder with input feeding and general attention, from zero states. */
export class TranslationModel extends Module {
  private readonly source: Embedding;
  private readonly encoder: ReturnType<typeof createEncoder>;
  private readonly decoder: TokenDecoder;

  constructor(
    private readonly sizes: TranslationSizes,
    labelSmoothing: number,
    random: Random,
  ) {
    super();
    const { sourceVocabulary, targetVocabulary, embeddingSize, encoderSize } = sizes;
    this.source = this.child(
      "source",
      new Embedding({ vocabularySize: sourceVocabulary, size: embeddingSize, random }),
    );
    this.encoder = this.child(
      "encoder",
      createEncoder({ cell: "lstm", inputSize: embeddingSize, hiddenSize: encoderSize, random }),
    );
    this.decoder = this.child(
      "decoder",
      new TokenDecoder({
        cell: "lstm",
        vocabularySize: targetVocabulary,
        embedding: embeddingSize,
        hiddenSize: sizes.decoderSize,
        outputSize: sizes.outputSize,
        memorySize: 2 * encoderSize,
        score: "general",
        inputFeeding: true,
        embeddingDropout: sizes.dropout,
        outputDropout: sizes.dropout,
        labelSmoothing,
        random,
      }),
    );
  }

  /** Mean loss of the tokens of a batch. */
  loss(sources: readonly (readonly number[])[], targets: TargetBatch, random: Random): Scalar {
    const lengths = sources.map(({ length }) => length);
    const time = Math.max(...lengths);
    const ids = new Int32Array(sources.length * time);
    sources.forEach((row, b) => {
      ids.set(row, b * time);
    });
    const looked = this.source.lookup(ids, [sources.length, time]) as Tensor3D; // [B, S, E]
    const embedded = dropout(looked, { rate: this.sizes.dropout, kind: "variational", random });
    const values = this.encoder.run(embedded, { lengths }).output; // [B, S, M]
    return this.decoder.loss(targets, { memory: { values, lengths } }, { random });
  }
}

/** Trains as a task's program does, and says how many target tokens a second that took and how the loss moved. */
export async function trainTranslation(
  request: TranslationRequest,
): Promise<{ tokensPerSecond: number; firstLoss: number; lastLoss: number; parameters: number }> {
  const { batches, begin, end, warmUp, seconds, training } = request;
  const model = new TranslationModel(request.model, training.labelSmoothing, seeded(1));
  const trainee: Trainee<readonly IdPair[]> = {
    model,
    epoch: () => batches,
    loss: (pairs, random) => {
      const targets = teacherForced(
        pairs.map(([, target]) => target),
        { begin, end },
      );
      return model.loss(
        pairs.map(([source]) => source),
        targets,
        random,
      );
    },
    describe: (pairs) => `${pairs.length} pairs`,
    evaluate: () => Promise.resolve({ score: 0, metrics: {} }),
  };
  const settings = trainingSettings.parse({
    epochs: 1,
    clipNorm: training.clipNorm,
    optimiser: { learningRate: training.learningRate },
  });
  const tokensOf = (pairs: readonly IdPair[]): number =>
    pairs.reduce((sum, [, target]) => sum + target.length + 1, 0);
  const enough = new AbortController();
  const losses: number[] = [];
  let started = performance.now();
  let counted = { tokens: 0, seconds: Number.NaN };
  await train(trainee, settings, {
    random: seeded(1),
    signal: enough.signal,
    onProgress: ({ step, loss }) => {
      losses.push(loss);
      const now = performance.now();
      if (step === warmUp) {
        started = now;
        counted = { tokens: 0, seconds: 0 };
        return;
      }
      counted = {
        tokens: counted.tokens + tokensOf(batches[step - 1] ?? []),
        seconds: (now - started) / 1000,
      };
      if (step > warmUp && counted.seconds >= seconds) enough.abort();
    },
  });
  const parameters = model.parameterCount();
  model.dispose();
  return {
    tokensPerSecond: counted.tokens / counted.seconds,
    firstLoss: losses[0] ?? Number.NaN,
    lastLoss: losses.at(-1) ?? Number.NaN,
    parameters,
  };
}
