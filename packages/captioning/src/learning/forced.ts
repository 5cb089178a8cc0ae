import { type Captioner, type CaptionLessons } from "../captioner.js";
import { captionBatch } from "../model.js";

/** Captions scored together. */
const together = 100;

/** The mean cross-entropy of a word of given captions, ends included; 0 where there are none. */
export async function forcedLoss(
  { model, vocabulary, settings }: Captioner,
  { pictures, captions }: CaptionLessons,
): Promise<number> {
  const all = captions.flatMap((own, row) => own.map((text) => ({ row, tokens: vocabulary.encode(text) })));
  let total = 0;
  let words = 0;
  for (let from = 0; from < all.length; from += together) {
    const own = all.slice(from, from + together).sort((a, b) => b.tokens.length - a.tokens.length);
    const rows = [...new Set(own.map(({ row }) => row))];
    const places = new Map(rows.map((row, place) => [row, place]));
    const batch = captionBatch(
      { count: rows.length, values: pictures.gridsOf(rows) },
      own.map(({ tokens }) => tokens),
      Int32Array.from(own, ({ row }) => places.get(row) as number),
      settings.text.maxWords,
    );
    const losses = model.wordLosses(batch);
    for (const loss of await losses.data<"float32">()) total += loss;
    losses.dispose();
    for (const length of batch.targets.lengths) words += length;
  }
  return total / Math.max(1, words);
}
