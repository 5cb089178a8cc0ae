import { DataError } from "@timestep/base";
import { type CaptionCorpus, type CaptioningSettings, CaptionVocabulary } from "@timestep/captioning";
import { UNK } from "@timestep/data";

/** What the captions of a split are. */
export interface CaptionFacts {
  readonly split: string;
  readonly pictures: number;
  readonly captions: number;
  /** Words of a caption. */
  readonly meanLength: number;
  readonly longest: number;
  /** Captions of more words than the settings let a caption have. */
  readonly cut: number;
  /** Share of words that a network with these settings would not know, a percentage. */
  readonly unknownWords: number;
  /** Captions that are, word for word, captions of the training split too. */
  readonly inTraining: number;
}

/** Counts words with the vocabulary that a network would learn from the training split. */
export function captionFacts(
  { splits }: CaptionCorpus,
  { text }: CaptioningSettings,
): { facts: CaptionFacts[]; words: number; known: number } {
  // Captions are looked at whole.
  const whole = { ...text, maxWords: Number.MAX_SAFE_INTEGER };
  const training = captionsOf(splits.train);
  const every = CaptionVocabulary.learn(Object.values(splits).flatMap(captionsOf), { ...whole, minCount: 1 });
  const learnt = learntFrom(training, whole);
  const unknownAmong = (words: string[], caption: string): string[] => {
    const tokens = learnt?.encode(caption) ?? words.map(() => UNK);
    return words.filter((_, place) => tokens[place] === UNK);
  };
  const trained = training.map((caption) => ({ caption, words: every.wordsOf(caption) }));
  const different = new Set(trained.flatMap(({ words }) => words));
  const unknown = new Set(trained.flatMap(({ words, caption }) => unknownAmong(words, caption)));
  const inTraining = new Set(trained.map(({ words }) => words.join(" ")));
  const facts = Object.entries(splits).map(([split, examples]): CaptionFacts => {
    const own = captionsOf(examples).map((caption) => ({ caption, words: every.wordsOf(caption) }));
    const lengths = own.map(({ words }) => words.length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const lost = own.reduce((sum, { words, caption }) => sum + unknownAmong(words, caption).length, 0);
    return {
      split,
      pictures: examples.length,
      captions: own.length,
      meanLength: total / Math.max(1, own.length),
      longest: lengths.reduce((most, length) => Math.max(most, length), 0),
      cut: lengths.filter((length) => length > text.maxWords).length,
      unknownWords: (100 * lost) / Math.max(1, total),
      inTraining: split === "train" ? 0 : own.filter(({ words }) => inTraining.has(words.join(" "))).length,
    };
  });
  return { facts, words: different.size, known: different.size - unknown.size };
}

/** The vocabulary of a network; undefined where no word occurs often enough for one. */
function learntFrom(
  captions: readonly string[],
  text: CaptioningSettings["text"],
): CaptionVocabulary | undefined {
  try {
    return CaptionVocabulary.learn(captions, text);
  } catch (error) {
    if (error instanceof DataError && error.code === "CAPTION_NO_WORDS") return undefined;
    throw error;
  }
}

function captionsOf(examples: readonly { readonly captions: readonly string[] }[] = []): string[] {
  return examples.flatMap(({ captions }) => captions);
}
