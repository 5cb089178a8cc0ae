import { type CaptionCorpus, type CaptioningSettings, CaptionVocabulary } from "@timestep/captioning";

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
  const training = captionsOf(splits.train);
  const all = Object.values(splits).flatMap(captionsOf);
  const every = CaptionVocabulary.learn(all, { ...text, minCount: 1 });
  const isKnown = wordTest(training, text);
  const trained = new Set(training.map((caption) => every.wordsOf(caption).join(" ")));
  const different = new Set(training.flatMap((caption) => every.wordsOf(caption)));
  const facts = Object.entries(splits).map(([split, examples]): CaptionFacts => {
    const captions = captionsOf(examples).map((caption) => every.wordsOf(caption));
    const words = captions.flat();
    return {
      split,
      pictures: examples.length,
      captions: captions.length,
      meanLength: words.length / Math.max(1, captions.length),
      longest: captions.reduce((most, { length }) => Math.max(most, length), 0),
      cut: captions.filter(({ length }) => length > text.maxWords).length,
      unknownWords: (100 * words.filter((word) => !isKnown(word)).length) / Math.max(1, words.length),
      inTraining: split === "train" ? 0 : captions.filter((own) => trained.has(own.join(" "))).length,
    };
  });
  return { facts, words: different.size, known: [...different].filter(isKnown).length };
}

/** Which words a network would know; none where nothing occurs often enough. */
function wordTest(training: readonly string[], text: CaptioningSettings["text"]): (word: string) => boolean {
  const counts = new Map<string, number>();
  if (training.length === 0) return () => false;
  const plain = CaptionVocabulary.learn(training, { ...text, minCount: 1 });
  for (const word of training.flatMap((caption) => plain.wordsOf(caption))) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (![...counts.values()].some((count) => count >= text.minCount)) return () => false;
  const learnt = CaptionVocabulary.learn(training, text);
  return (word) => learnt.tokenOf(word) !== undefined;
}

function captionsOf(examples: readonly { readonly captions: readonly string[] }[] = []): string[] {
  return examples.flatMap(({ captions }) => captions);
}
