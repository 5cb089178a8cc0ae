import { DataError } from "@timestep/base";
import { NgramIndex } from "../text/ngram-index.js";
import { ngramTotal } from "../text/ngram-matches.js";
import { Symbols } from "../text/symbols.js";

/** A caption in words, or in their identities. All captions of one scorer are given in the same way. */
export type CaptionWords = ArrayLike<string | number>;

/** A caption as CIDEr sees it: its n-grams once each, without those that weigh nothing. */
interface CaptionVector {
  readonly ngrams: readonly number[];
  /** How often each n-gram occurs · how rare it is. */
  readonly weights: readonly number[];
  /** By order from 1: where its n-grams end. */
  readonly ends: readonly number[];
  /** By order from 1: Euclidean length of the weights. */
  readonly norms: readonly number[];
  /** Pairs of neighbouring words, which the penalty for length goes by. */
  readonly pairs: number;
}

/** References of one image, made by {@link CiderScorer.prepare} for many scorings by the same scorer. */
export interface CiderReferences {
  readonly vectors: readonly CaptionVector[];
}

const MAX_ORDER = 4;
/** Standard deviation of the penalty for length, in words. */
const SIGMA = 6;

/**
 * CIDEr-D of single captions against fixed document frequencies, as the COCO evaluation computes it: how close a caption's
 * n-grams come to each reference's, where n-grams that few images have count more.
 *
 *   CIDEr-D = 10/4 · Σₙ meanⱼ exp(−(l − lⱼ)²/2σ²) · Σ min(g, gⱼ)·gⱼ / (‖g‖·‖gⱼ‖)
 *
 * over orders n of 1 to 4 and references j, with weights g = count · (log N − log max(1, df)) for N images of which df have
 * the n-gram, lengths l, and σ = 6. As in the script, lengths are numbers of neighbouring pairs of words.
 *
 * Made for rewards: prepare an image's references once, then each caption costs microseconds, and none of its n-grams is kept.
 *
 * @see Vedantam, Zitnick & Parikh 2015, doi:10.1109/CVPR.2015.7299087; as a reward: Rennie et al. 2017,
 *   doi:10.1109/CVPR.2017.131.
 *
 * @example
 * ```ts
 * const scorer = new CiderScorer([[["a", "dog", "runs"]], [["a", "cat", "sleeps"]]]);
 * scorer.score(scorer.prepare([["a", "dog", "runs"]]), ["a", "dog"]);
 * ```
 */
export class CiderScorer {
  private readonly words = new Symbols();
  private readonly index = new NgramIndex();
  /** By n-gram of the references: log N − log of how many images have it. */
  private readonly rarities: Float64Array;
  /** What an n-gram weighs that no image has: log N. */
  private readonly logImages: number;
  /** By n-gram, 0 between uses. */
  private weightOf = new Float64Array(0);

  /**
   * @param images The references of each image that frequencies are taken from: the test set's to evaluate, the training
   *   set's for a reward.
   * @throws {DataError} METRIC_EMPTY without images.
   */
  constructor(images: readonly (readonly CaptionWords[])[]) {
    if (images.length === 0) {
      throw new DataError("METRIC_EMPTY", "there are no images to take the frequencies of n-grams from.", {
        hint: "Pass the references of the split that the captions are scored on.",
      });
    }
    const ngramsByImage = images.map(
      (captions) =>
        new Set(captions.flatMap((caption) => [...this.index.ngrams(this.words.encode(caption), MAX_ORDER)])),
    );
    const frequencies = new Float64Array(this.index.size);
    for (const ngrams of ngramsByImage) {
      for (const ngram of ngrams) frequencies[ngram] = (frequencies[ngram] as number) + 1;
    }
    this.logImages = Math.log(images.length);
    this.rarities = frequencies.map((count) => this.logImages - Math.log(count));
  }

  /**
   * Weighs the references of one image.
   *
   * @throws {DataError} METRIC_REFERENCE without references.
   */
  prepare(references: readonly CaptionWords[]): CiderReferences {
    if (references.length === 0) {
      throw new DataError("METRIC_REFERENCE", "an image has no reference captions to score against.", {
        hint: "Leave the image out, or give it a caption.",
      });
    }
    return { vectors: references.map((caption) => this.weigh(caption)) };
  }

  /** CIDEr-D of a caption, 0 to 10, as the script has it before anything is averaged. */
  score(references: CiderReferences, caption: CaptionWords): number {
    const known = this.index.size;
    const candidate = this.weigh(caption);
    for (const [position, ngram] of candidate.ngrams.entries()) {
      this.weightOf[ngram] = candidate.weights[position] as number;
    }
    let sum = 0;
    for (const reference of references.vectors) sum += this.similarity(candidate, reference);
    for (const ngram of candidate.ngrams) this.weightOf[ngram] = 0;
    this.index.forgetFrom(known);
    return (10 * sum) / (MAX_ORDER * references.vectors.length);
  }

  private weigh(caption: CaptionWords): CaptionVector {
    const all = this.index.ngrams(this.words.encode(caption), MAX_ORDER);
    if (this.weightOf.length < this.index.size) this.weightOf = new Float64Array(2 * this.index.size);
    const ngrams: number[] = [];
    const weights: number[] = [];
    const ends: number[] = [];
    const norms: number[] = [];
    let position = 0;
    for (let order = 1; order <= MAX_ORDER; order++) {
      const start = ngrams.length;
      for (const end = position + ngramTotal(caption.length, order); position < end; position++) {
        const ngram = all[position] as number;
        const rarity = this.rarities[ngram] ?? this.logImages;
        if (rarity === 0) continue;
        if (this.weightOf[ngram] === 0) ngrams.push(ngram);
        this.weightOf[ngram] = (this.weightOf[ngram] as number) + rarity;
      }
      let squares = 0;
      for (const ngram of ngrams.slice(start)) {
        const weight = this.weightOf[ngram] as number;
        this.weightOf[ngram] = 0;
        weights.push(weight);
        squares += weight * weight;
      }
      ends.push(ngrams.length);
      norms.push(Math.sqrt(squares));
    }
    return { ngrams, weights, ends, norms, pairs: ngramTotal(caption.length, 2) };
  }

  /** Sum over orders of the clipped cosine, less for a difference in length; `weightOf` holds the candidate's weights. */
  private similarity(candidate: CaptionVector, reference: CaptionVector): number {
    let sum = 0;
    let position = 0;
    for (const [order, end] of reference.ends.entries()) {
      let product = 0;
      for (; position < end; position++) {
        const weight = reference.weights[position] as number;
        product += Math.min(this.weightOf[reference.ngrams[position] as number] as number, weight) * weight;
      }
      if (product > 0)
        sum += product / ((candidate.norms[order] as number) * (reference.norms[order] as number));
    }
    const difference = candidate.pairs - reference.pairs;
    return sum * Math.exp(-(difference * difference) / (2 * SIGMA * SIGMA));
  }
}
