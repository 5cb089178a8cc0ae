import type { Random } from "@timestep/base";
import {
  createEncoder,
  type DecoderSource,
  dropout,
  Embedding,
  InitialState,
  type LayerState,
  Module,
  type Stack,
  type TargetBatch,
  teacherForced,
  TokenDecoder,
  type TokenSearch,
} from "@timestep/core";
import { BOS, EOS, PAD, padBatch, type PaddedBatch } from "@timestep/data";
import {
  dispose as disposeTensors,
  type Scalar,
  type TensorContainer,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from "@tensorflow/tfjs-core";
import type { EncodedPair } from "./encode.js";
import type { TranslationModelSettings } from "./settings.js";

/** How many ids each side has, and whether they are the same. */
export interface VocabularySizes {
  readonly source: number;
  readonly target: number;
}

/** Sentence pairs side by side. */
export interface PairBatch {
  readonly source: PaddedBatch;
  readonly target: TargetBatch;
}

/** Sources side by side, in the encoder's order. */
export function sourceBatch(sources: readonly (readonly number[])[]): PaddedBatch {
  return padBatch(sources, { pad: PAD });
}

/** Pairs side by side. */
export function pairBatch(pairs: readonly Pick<EncodedPair, "source" | "target">[]): PairBatch {
  return {
    source: sourceBatch(pairs.map(({ source }) => source)),
    target: teacherForced(
      pairs.map(({ target }) => target),
      { begin: BOS, end: EOS },
    ),
  };
}

/**
 * An encoder-decoder: units of the source as vectors -> a recurrent encoder -> a recurrent decoder that looks at what the
 * encoder gave -> the probability of each unit of the translation.
 *
 * @see Sutskever et al. 2014, arXiv:1409.3215; Bahdanau et al. 2015, arXiv:1409.0473; Luong et al. 2015, arXiv:1508.04025.
 */
export class TranslationModel extends Module {
  private readonly settings: TranslationModelSettings;
  private readonly embedding: Embedding;
  private readonly encoder: Stack<LayerState>;
  private readonly decoder: TokenDecoder;
  private readonly start: InitialState;

  constructor(
    sizes: VocabularySizes,
    settings: TranslationModelSettings,
    labelSmoothing: number,
    random: Random,
  ) {
    super();
    const { embedding, encoder, decoder, attention, dropout: rates } = settings;
    this.settings = settings;
    this.embedding = this.child(
      "embedding",
      new Embedding({ vocabularySize: sizes.source, size: embedding.size, random }),
    );
    this.encoder = this.child(
      "encoder",
      createEncoder({ ...encoder, inputSize: embedding.size, dropout: rates.layers, random }),
    );
    const looks = attention.kind !== "none";
    this.decoder = this.child(
      "decoder",
      new TokenDecoder({
        vocabularySize: sizes.target,
        embedding: embedding.tied === "all" ? this.embedding : embedding.size,
        tied: embedding.tied !== "none",
        cell: decoder.cell,
        hiddenSize: decoder.hiddenSize,
        outputSize: embedding.tied === "none" ? decoder.hiddenSize : embedding.size,
        layers: decoder.layers,
        residual: decoder.residual,
        memorySize: looks ? this.encoder.outputSize : 0,
        score: attention.kind,
        attentionSize: attention.size,
        attend: looks ? attention.attend : "never",
        inputFeeding: attention.inputFeeding && attention.attend === "after",
        coverage: attention.coverage,
        coverageLoss: attention.coverage ? attention.coverageWeight : 0,
        dropout: rates.layers,
        embeddingDropout: rates.input,
        outputDropout: rates.output,
        labelSmoothing,
        random,
      }),
    );
    this.start = this.child(
      "start",
      new InitialState({
        kind: decoder.initialState,
        decoder: this.decoder.decoder,
        encoder: this.encoder,
        random,
      }),
    );
  }

  /**
   * The mean cross-entropy of a unit. Of the decoder's inputs, `trueTokens` are the true units before, the others its own.
   * `random` drives dropout and the choice.
   */
  loss({ source, target }: PairBatch, random: Random, trueTokens = 1): Scalar {
    return tidy(() => this.decoder.loss(target, this.encode(source, random), { random, trueTokens }));
  }

  /**
   * The cross-entropy of each unit, [B, T], zeros beyond a row's end; no dropout, no smoothing. Each step reads the true
   * unit before it, or with `freeRunning` what the decoder itself said.
   */
  unitLosses({ source, target }: PairBatch, options: { readonly freeRunning?: boolean } = {}): Tensor2D {
    return tidy(() => this.decoder.tokenLosses(target, this.encode(source, undefined), options));
  }

  /** A search for translations, one row for each source; dispose it when it is over. */
  search(source: PaddedBatch): TokenSearch {
    const encoded = tidy(() => this.encode(source, undefined) as TensorContainer) as DecoderSource;
    const { model, state, dispose } = this.decoder.search(encoded);
    return {
      model,
      state,
      dispose: () => {
        dispose();
        disposeTensors(encoded as TensorContainer);
      },
    };
  }

  private encode({ ids, lengths, batch, time }: PaddedBatch, random: Random | undefined): DecoderSource {
    const { input, memory } = this.settings.dropout;
    const embedded = dropout(this.embedding.lookup(ids, [batch, time]) as Tensor3D, {
      rate: input,
      kind: "variational",
      random,
    }); // [B, S, E]
    const { output, state } = this.encoder.run(embedded, { lengths, random });
    const initialState = this.start.of({ states: state });
    if (this.settings.attention.kind === "none") return { initialState };
    const values = dropout(output, { rate: memory, kind: "variational", random }); // [B, S, M]
    return { memory: { values, lengths: Array.from(lengths) }, initialState };
  }
}
