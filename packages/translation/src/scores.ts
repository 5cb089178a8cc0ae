import { bleu, chrf, type SignedBleuScore } from "@timestep/metrics";
import type { Side } from "./units/index.js";

/** Scores of translations against their references; percentages. */
export interface TranslationScores {
  /** `bleu`, `sacrebleu` and `chrf`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** How the scores were taken. */
  readonly signature: string;
}

/**
 * Scores translations of a split.
 *
 * `bleu` is over lower-cased words as the target side cuts them, the form in which results on Multi30k are published;
 * `sacrebleu` and `chrf` are over lower-cased texts as people write them, cut by sacreBLEU's own rules. For Chinese and
 * Japanese, whose words are not parted by blanks, all go by characters.
 */
export function scoreTranslations(
  references: readonly string[],
  translations: readonly string[],
  target: Side,
): TranslationScores {
  const words = wordBleu(references, translations, target);
  const written = bleu(
    references.map((text) => [text]),
    translations,
    { lowercase: true, tokenizer: isUnspaced(target) ? "zh" : "13a" },
  );
  const characters = chrf(
    references.map((text) => [text]),
    translations,
    { lowercase: true },
  );
  return {
    metrics: { bleu: words.bleu, sacrebleu: written.bleu, chrf: characters.chrf },
    signature: [
      `bleu:${words.signature} words:${target.form.words}`,
      `sacrebleu:${written.signature}`,
      `chrf:${characters.signature}`,
    ].join(" "),
  };
}

/** BLEU over lower-cased words as the target side cuts them, or over characters. */
export function wordBleu(
  references: readonly string[],
  translations: readonly string[],
  target: Side,
): SignedBleuScore {
  const words = (text: string): string => target.prepare(text).text.toLowerCase();
  return bleu(
    references.map((text) => [words(text)]),
    translations.map(words),
    { lowercase: true, tokenizer: isUnspaced(target) ? "char" : "none" },
  );
}

/** Whether words are not parted by blanks. */
function isUnspaced({ form: { language } }: Side): boolean {
  return ["zh", "ja"].includes(language);
}
