import { captionScores, captionVariety } from "@timestep/metrics";
import { type CaptionVocabulary } from "./vocabulary.js";

/** Scores of captions against their references; percentages. */
export interface CaptioningScores {
  /** `bleu1` to `bleu4`, `rougeL`, `ciderD`, `exact`: the share that is word for word one of the references. */
  readonly metrics: Readonly<Record<string, number>>;
  /** CIDEr-D of each picture. */
  readonly byPicture: readonly number[];
  /** How the scores were taken. */
  readonly signature: string;
}

/**
 * Scores captions of a split, each against all references of its picture. Words are those of the COCO evaluation, or where
 * captions are not cut as sentences those of the settings.
 */
export function scoreCaptions(
  references: readonly (readonly string[])[],
  captions: readonly string[],
  vocabulary: CaptionVocabulary,
): CaptioningScores {
  const cut = (text: string): string => vocabulary.wordsOf(text).join(" ");
  const { images, signature, ...metrics } = captionScores(
    references.map((texts) => asScored(texts, vocabulary)),
    asScored(captions, vocabulary),
    { tokenizer: vocabulary.rule === "sentence" ? "ptb" : "none" },
  );
  const exact = captions.filter((caption, place) =>
    (references[place] as readonly string[]).some((text) => cut(text) === cut(caption)),
  ).length;
  return {
    metrics: { ...metrics, exact: (100 * exact) / captions.length },
    byPicture: images.map(({ ciderD }) => ciderD),
    signature,
  };
}

/** How much captions differ from each other and from those that were learnt; percentages, words. */
export function varietyOf(
  captions: readonly string[],
  training: readonly (readonly string[])[],
  vocabulary: CaptionVocabulary,
): Readonly<Record<string, number>> {
  const learnt = asScored(training.flat(), vocabulary);
  return { ...captionVariety(asScored(captions, vocabulary), learnt) };
}

/** Captions whose words stand apart, so that counting finds them. */
function asScored(captions: readonly string[], vocabulary: CaptionVocabulary): readonly string[] {
  if (vocabulary.rule === "sentence") return captions;
  return captions.map((caption) => vocabulary.wordsOf(caption).join(" "));
}
