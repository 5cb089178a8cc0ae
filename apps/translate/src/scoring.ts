import { type Baseline } from "@timestep/cli-kit";
import { type SentencePair } from "@timestep/data";
import {
  type AlignedTranslation,
  type Side,
  type TranslateOptions,
  type Translator,
  WordDictionary,
} from "@timestep/translation";

/** A translator's scores on a split with those of the baselines, ready to print. */
export interface ScoredSplit {
  readonly metrics: Readonly<Record<string, number>>;
  /** How the scores were taken. */
  readonly signature: string;
  readonly translations: readonly AlignedTranslation[];
  /** Source copied first. */
  readonly baselines: readonly Baseline[];
  readonly notes: readonly string[];
}

/** Scores one split; with training pairs, a dictionary learnt from them is a baseline too. */
export async function scoreSplit(
  translator: Translator,
  pairs: readonly SentencePair[],
  train: readonly SentencePair[] | undefined,
  options: TranslateOptions = {},
): Promise<ScoredSplit> {
  const references = pairs.map(({ target }) => target);
  const translations = await translator.translateAll(
    pairs.map(({ source }) => source),
    options,
  );
  const { metrics, signature } = translator.score(
    references,
    translations.map(({ translation }) => translation),
  );
  // Of several runs together there is no loss of their own.
  const forced = (options.with ?? []).length > 0 ? {} : await translator.forcedLoss(pairs);
  const baselines = baselinesOf(translator, pairs, train ?? []).map(({ name, said }) => ({
    name,
    metrics: translator.score(references, said).metrics,
  }));
  const { beam, lengthPenalty, coveragePenalty, noRepeat } = { ...translator.settings.search, ...options };
  const search = `runs:${1 + (options.with ?? []).length} beam:${beam} length:${lengthPenalty} coverage:${coveragePenalty} no-repeat:${noRepeat}`;
  return {
    metrics: { ...metrics, ...forced },
    signature: `${signature} ${search}`,
    translations,
    baselines,
    notes: baselines.flatMap(({ name, metrics: other }) =>
      (other["bleu"] as number) > (metrics["bleu"] as number)
        ? [`${name} is better than the network here.`]
        : [],
    ),
  };
}

/** What needs no network: the source as it is, and word by word with a dictionary. */
function baselinesOf(
  { sides }: Translator,
  pairs: readonly SentencePair[],
  train: readonly SentencePair[],
): { name: string; said: string[] }[] {
  const copied = { name: "source copied", said: pairs.map(({ source }) => source) };
  const sourceWords = (text: string): string[] => wordsOf(sides.source, text);
  const learnt = train.map(({ source, target }) => ({
    source: sourceWords(source),
    target: wordsOf(sides.target, target),
  }));
  if (learnt.every(({ source, target }) => source.length === 0 || target.length === 0)) return [copied];
  const dictionary = WordDictionary.learn(learnt);
  const said = pairs.map(({ source }) =>
    sides.target.restore(dictionary.translate(sourceWords(source)).join(" ")),
  );
  return [copied, { name: "word by word", said }];
}

function wordsOf(side: Side, text: string): string[] {
  return side.prepare(text).words.map((word) => word.text);
}
