import { type Random } from "@timestep/base";
import {
  type Attend,
  type AttentionScore,
  type DecoderSource,
  type DecoderState,
  InitialState,
  type InitialStateKind,
  type LossOptions,
  Module,
  type TargetBatch,
  teacherForced,
  TokenDecoder,
  type TokenSearch,
} from "@timestep/core";
import { BOS, EOS } from "@timestep/data";
import {
  dispose as disposeTensors,
  gather,
  type Scalar,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  type TensorContainer,
  tidy,
} from "@tensorflow/tfjs-core";
import { type PictureBatch, PictureEncoder } from "./picture-encoder.js";
import { type CaptioningSettings, type CaptionModelSettings } from "./settings.js";

/** Captions side by side, with the pictures that they are of. */
export interface CaptionBatch {
  readonly pictures: PictureBatch;
  readonly targets: TargetBatch;
  /** For each caption the place of its picture among those of the batch. */
  readonly pictureOf: Int32Array;
}

/**
 * Captions, without beginning and end, of pictures side by side. Those of `maxWords` words are cut there, by whoever wrote
 * them or drew them: nothing says that they end.
 */
export function captionBatch(
  pictures: PictureBatch,
  captions: readonly (readonly number[])[],
  pictureOf: Int32Array,
  maxWords: number,
): CaptionBatch {
  const { lengths, ...targets } = teacherForced(captions, { begin: BOS, end: EOS });
  const open = lengths.map((length) => Math.min(length, maxWords));
  return { pictures, targets: { ...targets, lengths: open }, pictureOf };
}

/** What the form of a decoder means for its parts. */
interface Form {
  readonly attend: Attend;
  readonly score: AttentionScore;
  readonly initial: InitialStateKind;
}

function formOf({ form, attention }: CaptionModelSettings): Form {
  switch (form) {
    case "attention":
      return { attend: attention.attend, score: attention.kind, initial: "mean" };
    case "initial-state":
      return { attend: "never", score: "none", initial: "mean" };
    case "first-input":
      return { attend: "never", score: "none", initial: "firstInput" };
    case "every-step": // The context is the mean of all places, which the cell reads beside each word.
      return { attend: "before", score: "none", initial: "zero" };
    case "merge": // The same mean, which meets the state behind the cell.
      return { attend: "after", score: "none", initial: "zero" };
  }
}

/** Whether a network of this form looks at places of a picture, and not at their mean alone. */
export function looksAtPlaces({ form }: CaptionModelSettings): boolean {
  return form === "attention";
}

/**
 * From a picture to a sentence: a grid of vectors, and a recurrent decoder that is given it in one of the classic ways.
 *
 * @see attention: Xu et al. 2015, arXiv:1502.03044; initial-state: Vinyals et al. 2015, arXiv:1411.4555; first-input:
 *   Karpathy & Fei-Fei 2015, arXiv:1412.2306; every-step: Donahue et al. 2015, arXiv:1411.4389; merge: Mao et al. 2015,
 *   arXiv:1412.6632.
 */
export class CaptionModel extends Module {
  readonly encoder: PictureEncoder;
  private readonly settings: CaptionModelSettings;
  private readonly form: Form;
  private readonly decoder: TokenDecoder;
  private readonly start: InitialState;

  constructor(
    vocabularySize: number,
    pictureShape: readonly [number, number, number],
    { model, picture, labelSmoothing }: Pick<CaptioningSettings, "model" | "picture" | "labelSmoothing">,
    random: Random,
  ) {
    super();
    this.settings = model;
    this.form = formOf(model);
    const { attend, score, initial } = this.form;
    const { attention, dropout: rates } = model;
    this.encoder = this.child("encoder", new PictureEncoder(pictureShape, picture, random));
    const looks = attend !== "never";
    this.decoder = this.child(
      "decoder",
      new TokenDecoder({
        vocabularySize,
        embedding: model.embedding,
        tied: model.tied,
        cell: model.cell,
        hiddenSize: model.hiddenSize,
        outputSize: model.tied ? model.embedding : model.hiddenSize,
        layers: model.layers,
        residual: model.residual,
        memorySize: looks ? this.encoder.size : 0,
        score,
        attentionSize: attention.size,
        attend,
        gate: score !== "none" && attend === "before" && attention.gate,
        doublyStochastic: score === "none" ? 0 : attention.doublyStochastic,
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
        kind: initial,
        decoder: this.decoder.decoder,
        memorySize: this.encoder.size,
        random,
      }),
    );
  }

  /** The mean cross-entropy of a word; `random` drives dropout and the choice of inputs. */
  loss(batch: CaptionBatch, random: Random, options: Pick<LossOptions, "trueTokens"> = {}): Scalar {
    return tidy(() =>
      this.decoder.loss(batch.targets, this.captionSource(batch, random), { random, ...options }),
    );
  }

  /** The mean over captions of the cross-entropy of all words times the caption's reward; no dropout, no penalties. */
  rewardLoss(batch: CaptionBatch, rewards: Float32Array): Scalar {
    const { targets } = batch;
    const words = targets.lengths.reduce((total, length) => total + length, 0);
    // The decoder's loss is a mean over words, by which long captions would make the reward of others small.
    const rowWeights = rewards.map((reward) => (reward * words) / targets.batch);
    return tidy(() => this.decoder.loss(targets, this.captionSource(batch, undefined), { rowWeights }));
  }

  /** The cross-entropy of each word, [B, T], zeros beyond a row's end; no dropout, no smoothing. */
  wordLosses(batch: CaptionBatch): Tensor2D {
    return tidy(() => this.decoder.tokenLosses(batch.targets, this.captionSource(batch, undefined)));
  }

  /** A search for captions, one row for each picture; dispose it when it is over. */
  search(pictures: PictureBatch): TokenSearch {
    const source = tidy(() => this.pictureSource(pictures, undefined) as TensorContainer) as DecoderSource;
    const { model, state, dispose } = this.decoder.search(source);
    return {
      model,
      state,
      dispose: () => {
        dispose();
        disposeTensors(source as TensorContainer);
      },
    };
  }

  /** What each picture gives the decoder. */
  private pictureSource(pictures: PictureBatch, random: Random | undefined): DecoderSource {
    const values: Tensor3D = this.encoder.encode(pictures, this.settings.dropout.picture, random);
    const memory = { values, lengths: Array<number>(pictures.count).fill(this.encoder.places) };
    const initialState = this.start.of({ memory });
    return this.form.attend === "never" ? { initialState } : { memory, initialState };
  }

  /** The same with a row for each caption. */
  private captionSource({ pictures, pictureOf }: CaptionBatch, random: Random | undefined): DecoderSource {
    const { memory, initialState } = this.pictureSource(pictures, random);
    return { memory, memoryOf: pictureOf, initialState: rowsOf(initialState, pictureOf) };
  }
}

/** The state of some rows, which may be named more than once. */
function rowsOf(state: Partial<DecoderState> | undefined, rows: Int32Array): Partial<DecoderState> {
  const picked = tensor1d(rows, "int32");
  const layers = (state?.layers ?? []).map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, part]) => [name, gather(part, picked)])),
  );
  return { layers };
}
