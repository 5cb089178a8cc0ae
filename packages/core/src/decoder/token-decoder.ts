import { ConfigError, type Random } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  add,
  matMul,
  mul,
  reshape,
  type Scalar,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import { disposePrepared, type Memory, type PreparedMemory } from "../attention/index.js";
import type { Step, StepModel } from "../decoding/index.js";
import { dropout, Embedding, projectedCrossEntropy, projectedLosses } from "../layers/index.js";
import { Module } from "../module.js";
import { tidied } from "../tidied.js";
import { AttentionDecoder } from "./attention-decoder.js";
import type { AttentionDecoderOptions, DecodeResult } from "./decoder-options.js";
import { type DecoderState, disposeState, mapState, selectState } from "./decoder-state.js";
import type { TargetBatch } from "./targets.js";

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
}

/** What a decoder starts from. */
export interface DecoderSource {
  /** Undefined for a decoder that never looks. */
  readonly memory?: Memory | undefined;
  /** Parts that are not given start at zeros. */
  readonly initialState?: Partial<DecoderState> | undefined;
}

/** The rows of a search: the state of the decoder, and which row of the memory each looks at. */
export interface TokenState {
  readonly decoder: DecoderState;
  readonly memory: PreparedMemory | undefined;
  readonly memoryOf: Int32Array;
}

/** A search over a batch of sources: the model to step, the state to start in, one row for each source. */
export interface TokenSearch {
  readonly model: StepModel<TokenState>;
  readonly state: TokenState;
  /** Frees the first state and what all states share; later states are freed by whoever stepped to them. */
  dispose(): void;
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

  /** The decoder over the inputs of a batch, dropout on with `random`. */
  run(targets: TargetBatch, source: DecoderSource, random?: Random): DecodeResult {
    const { batch, time, inputs, lengths } = targets;
    const { embeddingDropout = 0, outputDropout = 0 } = this.options;
    return tidied(() => {
      const embedded = dropout(this.embedding.lookup(inputs, [batch, time]) as Tensor3D, {
        rate: embeddingDropout,
        kind: "variational",
        random,
      }); // [B, T, E]
      const { memory, initialState } = source;
      const result = this.decoder.run(embedded, memory, { lengths, initialState, random });
      const outputs = dropout(result.outputs, { rate: outputDropout, kind: "variational", random });
      return { ...result, outputs };
    });
  }

  /**
   * The mean over the tokens of a batch of their cross-entropy, every step reading the true token before it.
   * `random` turns dropout on, and with it label smoothing.
   */
  loss(targets: TargetBatch, source: DecoderSource, random?: Random): Scalar {
    return tidy(() => {
      const { outputs } = this.run(targets, source, random);
      const smoothing = random === undefined ? 0 : (this.options.labelSmoothing ?? 0);
      const tokens = targets.lengths.reduce((total, length) => total + length, 0);
      const weights = tokenWeights(targets, 1 / tokens);
      const { outputTable, outputBias } = this;
      return projectedCrossEntropy(rowsOf(outputs), outputTable, outputBias, targets.outputs, {
        smoothing,
        weights,
      });
    });
  }

  /** The cross-entropy of each token [B, T], zeros beyond a row's end; no dropout, no smoothing. */
  tokenLosses(targets: TargetBatch, source: DecoderSource): Tensor2D {
    return tidy(() => {
      const { outputs } = this.run(targets, source);
      const losses = projectedLosses(rowsOf(outputs), this.outputTable, this.outputBias, targets.outputs); // [B·T]
      const { batch, time } = targets;
      return reshape(mul(losses, tensor1d(tokenWeights(targets, 1))), [batch, time]);
    });
  }

  /** A search over a batch of sources. The memory must live until it is over. */
  search(source: DecoderSource): TokenSearch {
    const rows = source.memory?.values.shape[0] ?? countRows(source.initialState);
    const memory = source.memory && this.decoder.prepare(source.memory);
    const places = memory?.values.shape[1] ?? 0;
    const decoder = tidied(() => ownState(this.decoder.startState(rows, places, source.initialState)));
    return {
      model: {
        vocabularySize: this.vocabularySize,
        step: (tokens, state) => this.step(tokens, state),
        select: ({ decoder, memory, memoryOf }, rows) => ({
          decoder: selectState(decoder, rows),
          memory,
          memoryOf: rows.map((row) => memoryOf[row] as number),
        }),
        dispose: (state) => {
          disposeState(state.decoder);
        },
      },
      state: { decoder, memory, memoryOf: Int32Array.from({ length: rows }, (_, row) => row) },
      dispose: () => {
        disposeState(decoder);
        if (memory !== undefined) disposePrepared(memory);
      },
    };
  }

  /** One step of every row of a search: `tokens` [R] in, the logits of the next [R, V] out. */
  step(tokens: Int32Array, state: TokenState): Step<TokenState> {
    const { memory, memoryOf } = state;
    const { logits, next, attention } = tidied(() => {
      const embedded = this.embedding.lookup(tokens, [tokens.length]) as Tensor2D; // [R, E]
      const options = memory === undefined ? {} : { memoryOf };
      const { output, alignment, state: next } = this.decoder.step(embedded, state.decoder, memory, options);
      return { logits: this.logitsOf(output), next, attention: alignment };
    });
    return {
      logits,
      state: { decoder: next, memory, memoryOf },
      ...(attention === undefined ? {} : { attention }),
    };
  }

  private logitsOf(output: Tensor2D): Tensor2D {
    return add(matMul(output, this.outputTable, false, true), this.outputBias);
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

/** `value` at the steps that a row has, 0 beyond, [B·T]. */
function tokenWeights({ batch, time, lengths }: TargetBatch, value: number): Float32Array {
  const weights = new Float32Array(batch * time);
  lengths.forEach((length, row) => weights.fill(value, row * time, row * time + length));
  return weights;
}

/** [B, T, O] -> [B·T, O] */
function rowsOf(sequence: Tensor3D): Tensor2D {
  const [batch, time, size] = sequence.shape;
  return reshape(sequence, [batch * time, size]);
}

/** Copies, so that a search may dispose the state that it starts in. */
function ownState(state: DecoderState): DecoderState {
  return mapState(state, (tensor) => tensor.clone());
}

/** How many rows a search from this state has; 1 where nothing says so. */
function countRows(state: Partial<DecoderState> | undefined): number {
  const [first] = Object.values(state?.layers?.[0] ?? {});
  return (first ?? state?.feed)?.shape[0] ?? 1;
}
