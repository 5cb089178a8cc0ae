import { ConfigError, type Random, seeded, ShapeError } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  add,
  addN,
  gather,
  matMul,
  mul,
  reshape,
  type Scalar,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { coverageLoss, doublyStochasticPenalty, type Memory } from "../attention/index.js";
import { dropout, Embedding, projectedCrossEntropy, projectedLosses } from "../layers/index.js";
import { Module } from "../module.js";
import { tidied } from "../tidied.js";
import { AttentionDecoder } from "./attention-decoder.js";
import type { AttentionDecoderOptions, DecodeResult } from "./decoder-options.js";
import type { DecoderState } from "./decoder-state.js";
import { type InputMixing, mixedInputs } from "./free-running.js";
import type { TargetBatch } from "./targets.js";
import { startSearch, type TokenSearch } from "./token-search.js";

export interface TokenDecoderOptions extends Omit<AttentionDecoderOptions, "inputSize"> {
  /** V: number of ids, those of beginning and end among them. */
  readonly vocabularySize: number;
  /** Size of the decoder's own embedding, or an embedding of someone else's, which stays theirs. */
  readonly embedding: number | Embedding;
  /** Gives the output projection the embedding's table, whose size must then be the output's. Default false. */
  readonly tied?: boolean;
  /** Variational dropout of what goes in and what comes out. Default 0. */
  readonly embeddingDropout?: number;
  readonly outputDropout?: number;
  /** ε: how much of a target's weight is spread over all symbols while learning. Default 0. */
  readonly labelSmoothing?: number;
  /** What the loss of looking again at what was seen is multiplied by while learning. Default 0. */
  readonly coverageLoss?: number;
  /** What the penalty of looking unevenly at the memory is multiplied by while learning. Default 0. */
  readonly doublyStochastic?: number;
}

/** How a batch is learnt. */
export interface LossOptions {
  /** Turns dropout on, and with it all else that is there for learning alone. */
  readonly random?: Random | undefined;
  /** ε of scheduled sampling: the share of inputs that are true tokens. Default 1, teacher forcing. */
  readonly trueTokens?: number;
  /** Which of its own tokens the decoder then reads. Default "best". */
  readonly choice?: InputMixing["choice"];
  /**
   * What the loss of each sequence is multiplied by, for instance a reward; may be negative. Default 1 each. The sum is
   * divided by the number of tokens all the same; labels are not smoothed.
   */
  readonly rowWeights?: ArrayLike<number>;
}

/** What a decoder starts from. */
export interface DecoderSource {
  /** Undefined for a decoder that never looks. */
  readonly memory?: Memory | undefined;
  /** Which row of the memory each sequence looks at, where several share one; searches start with a row for each. */
  readonly memoryOf?: Int32Array | undefined;
  /** Parts that are not given start at zeros. */
  readonly initialState?: Partial<DecoderState> | undefined;
}

/**
 * A decoder from tokens to tokens: embedding, {@link AttentionDecoder}, projection onto the vocabulary.
 *
 *   logits_t = o_t·Wᵀ + b      W [V, O]: a table of its own, or the embedding's when tied
 *
 * Embeddings may be shared: an {@link Embedding} that is given stays the giver's to register and dispose, so a table
 * that encoder, decoder and projection share is one parameter.
 *
 * Parameters: `embedding.table` [V, E] unless shared, `decoder.…`, `outputTable` [V, O] unless tied, `outputBias` [V].
 *
 * @throws {ConfigError} DECODER_TIED when a table is to be shared between vectors of different lengths, or an embedding
 *   has another number of ids than the vocabulary.
 * @see Tied tables: Press & Wolf 2017, arXiv:1608.05859. Variational dropout: Gal & Ghahramani 2016, arXiv:1512.05287.
 */
export class TokenDecoder extends Module {
  readonly vocabularySize: number;
  readonly decoder: AttentionDecoder;
  readonly embedding: Embedding;
  /** [V, O] */
  readonly outputTable: Tensor2D;
  readonly outputBias: Tensor1D;
  private readonly options: TokenDecoderOptions;

  constructor(options: TokenDecoderOptions) {
    super();
    const { vocabularySize, embedding, tied, random } = options;
    this.options = options;
    this.vocabularySize = vocabularySize;
    this.embedding =
      embedding instanceof Embedding
        ? embedding
        : this.child("embedding", new Embedding({ vocabularySize, size: embedding, random }));
    this.decoder = this.child(
      "decoder",
      new AttentionDecoder({ name: "TokenDecoder", ...options, inputSize: this.embedding.size }),
    );
    const { outputSize } = this.decoder;
    if (tied === true) this.checkTied(outputSize);
    if (this.embedding.vocabularySize !== vocabularySize) {
      throw new ConfigError(
        "DECODER_TIED",
        `a vocabulary of ${vocabularySize} ids cannot use an embedding of ${this.embedding.vocabularySize}.`,
        { hint: "Share embeddings between languages only with one vocabulary for both." },
      );
    }
    this.outputTable =
      tied === true
        ? this.embedding.table
        : (this.parameter("outputTable", glorotUniform([vocabularySize, outputSize], random)) as Tensor2D);
    this.outputBias = this.parameter("outputBias", zeros([vocabularySize])) as Tensor1D;
  }

  /** The decoder over the inputs of a batch, or over other ids [B, T] in their place; dropout on with `random`. */
  run(targets: TargetBatch, source: DecoderSource, random?: Random, inputs?: Tensor2D): DecodeResult {
    const { batch, time, lengths } = targets;
    const { embeddingDropout = 0, outputDropout = 0 } = this.options;
    return tidied(() => {
      const vectors: Tensor =
        inputs === undefined
          ? this.embedding.lookup(targets.inputs, [batch, time])
          : gather(this.embedding.table, inputs);
      const embedded = dropout(vectors as Tensor3D, {
        rate: embeddingDropout,
        kind: "variational",
        random,
      }); // [B, T, E]
      const { memory, ...start } = source;
      const result = this.decoder.run(embedded, memory, { lengths, ...start, random });
      const outputs = dropout(result.outputs, { rate: outputDropout, kind: "variational", random });
      return { ...result, outputs };
    });
  }

  /**
   * The mean over the tokens of a batch of their cross-entropy, every step reading the true token before it or, in
   * scheduled sampling, now and then the decoder's own.
   *
   * With `random` this is the loss to learn from: dropout and label smoothing are on, and the penalties of the attention
   * are added to the sum over the tokens before it is divided by their number.
   *
   * @throws {ConfigError} DECODER_MIXING when inputs are to be mixed without `random`.
   * @throws {ShapeError} DECODER_ROW_WEIGHTS when there is not a weight for each sequence.
   */
  loss(targets: TargetBatch, source: DecoderSource, options: LossOptions = {}): Scalar {
    const { random, trueTokens = 1, choice = "best", rowWeights } = options;
    if (trueTokens < 1 && random === undefined) {
      throw new ConfigError(
        "DECODER_MIXING",
        `a share of ${trueTokens} true tokens has nothing to draw with.`,
        {
          hint: "Give random; for a wholly free run without learning, use tokenLosses with freeRunning.",
        },
      );
    }
    if (rowWeights !== undefined && rowWeights.length !== targets.batch) {
      throw new ShapeError(
        "DECODER_ROW_WEIGHTS",
        `${targets.batch} sequences need as many weights, got ${rowWeights.length}.`,
        { hint: "Give one weight for each sequence of the batch." },
      );
    }
    return tidy(() => {
      const inputs =
        trueTokens < 1 && random !== undefined
          ? mixedInputs(this, targets, source, { trueTokens, choice, random: random.fork("inputs") })
          : undefined;
      const { outputs, alignments } = this.run(targets, source, random, inputs);
      const tokens = targets.lengths.reduce((total, length) => total + length, 0);
      const loss = projectedCrossEntropy(
        rowsOf(outputs),
        this.outputTable,
        this.outputBias,
        targets.outputs,
        {
          // A reward is for what was said, not for all that might have been.
          smoothing:
            random === undefined || rowWeights !== undefined ? 0 : (this.options.labelSmoothing ?? 0),
          weights: tokenWeights(targets, 1 / tokens, rowWeights),
        },
      );
      const { coverageLoss: again = 0, doublyStochastic: uneven = 0 } = this.options;
      if (random === undefined || alignments === undefined || (again === 0 && uneven === 0)) return loss;
      const penalties: Tensor[] = [];
      if (again > 0) penalties.push(mul(again / tokens, sum(coverageLoss(alignments))));
      if (uneven > 0) {
        const { memory, memoryOf } = source;
        const { lengths: places } = memory as Memory;
        const lengths =
          memoryOf === undefined ? places : Array.from(memoryOf, (row) => places[row] as number);
        penalties.push(mul(uneven / tokens, sum(doublyStochasticPenalty(alignments, lengths))));
      }
      return addN([loss, ...penalties]) as Scalar;
    });
  }

  /**
   * The cross-entropy of each token [B, T], zeros beyond a row's end; no dropout, no smoothing. With `freeRunning` every
   * step reads the decoder's own likeliest token: what the mean of the losses gains by that is its exposure bias.
   */
  tokenLosses(
    targets: TargetBatch,
    source: DecoderSource,
    { freeRunning = false }: { readonly freeRunning?: boolean } = {},
  ): Tensor2D {
    return tidy(() => {
      const free = { trueTokens: 0, random: seeded(0) }; // nothing is drawn: every coin falls alike
      const inputs = freeRunning ? mixedInputs(this, targets, source, free) : undefined;
      const { outputs } = this.run(targets, source, undefined, inputs);
      const losses = projectedLosses(rowsOf(outputs), this.outputTable, this.outputBias, targets.outputs); // [B·T]
      const { batch, time } = targets;
      return reshape(mul(losses, tensor1d(tokenWeights(targets, 1))), [batch, time]);
    });
  }

  /** The logits of outputs: [N, O] -> [N, V]. */
  logits(outputs: Tensor2D): Tensor2D {
    return tidy(() => add(matMul(outputs, this.outputTable, false, true), this.outputBias));
  }

  /** A search over a batch of sources. The memory must live until it is over. */
  search(source: DecoderSource): TokenSearch {
    return startSearch(this, source);
  }

  private checkTied(outputSize: number): void {
    if (this.embedding.size === outputSize) return;
    throw new ConfigError(
      "DECODER_TIED",
      `an embedding of size ${this.embedding.size} cannot be the projection of outputs of size ${outputSize}.`,
      { hint: `Set outputSize: ${this.embedding.size}, or tied: false.` },
    );
  }
}

/** `value` times the weight of its row at the steps that a row has, 0 beyond, [B·T]. */
function tokenWeights(
  { batch, time, lengths }: TargetBatch,
  value: number,
  rowWeights?: ArrayLike<number>,
): Float32Array {
  const weights = new Float32Array(batch * time);
  lengths.forEach((length, row) =>
    weights.fill(value * (rowWeights?.[row] ?? 1), row * time, row * time + length),
  );
  return weights;
}

/** [B, T, O] -> [B·T, O] */
function rowsOf(sequence: Tensor3D): Tensor2D {
  const [batch, time, size] = sequence.shape;
  return reshape(sequence, [batch * time, size]);
}
