import { type Baseline } from "@timestep/cli-kit";
import {
  type Caption,
  type Captioner,
  type CaptioningScores,
  type CaptionLessons,
  type CaptionOptions,
  mostFrequentCaption,
  nearestCaptions,
  varietyOf,
} from "@timestep/captioning";

/** A captioner's scores on a split with those of the baselines, ready to print. */
export interface ScoredSplit {
  readonly metrics: Readonly<Record<string, number>>;
  /** How the scores were taken. */
  readonly signature: string;
  readonly captions: readonly Caption[];
  readonly scores: CaptioningScores;
  /** Most frequent caption first. */
  readonly baselines: readonly Baseline[];
  readonly notes: readonly string[];
}

/** Scores one split; the baselines and the share of copied captions go by the training captions. */
export async function scoreSplit(
  captioner: Captioner,
  lessons: CaptionLessons,
  train: CaptionLessons | undefined,
  options: CaptionOptions = {},
): Promise<ScoredSplit> {
  const captions = await captioner.captionAll(lessons.pictures, options);
  const texts = captions.map(({ caption }) => caption);
  const scores = captioner.score(lessons.captions, texts);
  const baselines = train === undefined ? [] : await scoreBaselines(captioner, lessons, train);
  const { beam, lengthPenalty, noRepeat, noDangling } = { ...captioner.settings.search, ...options };
  const runs = 1 + (options.with ?? []).length;
  // Of several runs together there is no loss of their own.
  const forced = runs > 1 ? {} : await captioner.forcedLoss(lessons);
  const search = `runs:${runs} beam:${beam} length:${lengthPenalty} no-repeat:${noRepeat} no-dangling:${noDangling ? "yes" : "no"}`;
  return {
    metrics: {
      ...scores.metrics,
      ...varietyOf(texts, train?.captions ?? [], captioner.vocabulary),
      ...forced,
    },
    signature: `${scores.signature} ${search}`,
    captions,
    scores,
    baselines,
    notes: baselines.flatMap(({ name, metrics }) =>
      (metrics["ciderD"] as number) > (scores.metrics["ciderD"] as number)
        ? [`${name} is better than the network here.`]
        : [],
    ),
  };
}

async function scoreBaselines(
  captioner: Captioner,
  { pictures, captions }: CaptionLessons,
  train: CaptionLessons,
): Promise<Baseline[]> {
  const frequent = mostFrequentCaption(train.captions);
  const said = [
    { name: "most frequent caption", texts: captions.map(() => frequent) },
    { name: "nearest picture's", texts: await nearestCaptions(pictures, train) },
  ];
  return said.map(({ name, texts }) => ({
    name,
    metrics: {
      ...captioner.score(captions, texts).metrics,
      ...varietyOf(texts, train.captions, captioner.vocabulary),
    },
  }));
}
