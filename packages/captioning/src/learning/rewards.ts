import { type Random } from "@timestep/base";
import { greedySearch, type Hypothesis, sampleSequences } from "@timestep/core";
import { BOS, EOS, PAD, UNK } from "@timestep/data";
import { type CiderReferences, CiderScorer } from "@timestep/metrics";
import { type PictureTable } from "../features/picture-table.js";
import { type CaptionModel } from "../model.js";
import { type DrawLesson, type RewardLesson, type TokensByPicture } from "./lessons.js";

/** How captions are drawn for rewards. */
export interface RewardDraws {
  /** Captions of each picture. */
  readonly samples: number;
  /** 1 draws what the network says; else the gradient is that of no reward that is expected of it. */
  readonly temperature: number;
  readonly maxWords: number;
  readonly random: Random;
}

/**
 * CIDEr-D of captions in tokens against those of the training pictures, 0 to 10.
 *
 * The end counts as a word of every caption that is not cut, so that it does not pay to break off; an unknown word is
 * none that a reference has, so that it does not pay to say it.
 */
export class Rewarder {
  private readonly scorer: CiderScorer;
  private readonly references: readonly (CiderReferences | undefined)[];

  constructor(
    captions: TokensByPicture,
    private readonly maxWords: number,
  ) {
    const closed = captions.map((own) => own.map((caption) => this.closed(caption)));
    this.scorer = new CiderScorer(closed);
    this.references = closed.map((own) => (own.length === 0 ? undefined : this.scorer.prepare(own)));
  }

  /** What a caption of a picture is worth; 0 for a picture without captions. */
  reward(row: number, caption: readonly number[]): number {
    const references = this.references[row];
    const said = this.closed(caption.map((token) => (token === UNK ? PAD : token)));
    return references === undefined ? 0 : this.scorer.score(references, said);
  }

  private closed(caption: readonly number[]): number[] {
    return caption.length < this.maxWords ? [...caption, EOS] : caption.slice(0, this.maxWords);
  }
}

/**
 * Self-critical training: draws captions, and gives each the reward that it has above the mean of the picture's other
 * drawn captions or, where only one is drawn, above what the network says when it takes its likeliest word each time. No
 * rule of a search stands in the way: what is learnt is what the network itself says.
 *
 * @see Rennie et al. 2017, doi:10.1109/CVPR.2017.131; Luo 2020, arXiv:2003.09971 (mean of the others).
 */
export async function drawRewarded(
  { pictures: rows }: DrawLesson,
  model: CaptionModel,
  pictures: PictureTable,
  rewarder: Rewarder,
  { samples, temperature, maxWords, random }: RewardDraws,
): Promise<RewardLesson> {
  const search = model.search({ count: rows.length, values: pictures.gridsOf(rows) });
  const options = { sentences: rows.length, begin: BOS, end: EOS, maximumLength: maxWords };
  try {
    const drawn = await sampleSequences(search.model, search.state, {
      ...options,
      ...{ samples, temperature, random },
    });
    const usual = samples > 1 ? undefined : await greedySearch(search.model, search.state, options);
    const all = drawn.flatMap((own, place) => {
      const row = rows[place] as number;
      const rewards = own.map(({ tokens }) => rewarder.reward(row, tokens));
      const total = rewards.reduce((sum, reward) => sum + reward, 0);
      const usually = usual && rewarder.reward(row, (usual[place] as Hypothesis).tokens);
      return own.map(({ tokens }, index) => {
        const reward = rewards[index] as number;
        return { place, tokens, reward: reward - (usually ?? (total - reward) / (samples - 1)) };
      });
    });
    return {
      kind: "rewards",
      pictures: rows,
      captions: all.map(({ tokens }) => tokens),
      pictureOf: Int32Array.from(all, ({ place }) => place),
      rewards: Float32Array.from(all, ({ reward }) => reward),
    };
  } finally {
    search.dispose();
  }
}
