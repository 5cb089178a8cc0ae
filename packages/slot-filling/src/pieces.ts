/** Sentences above this many tokens are read in pieces: nothing a tag depends on lies further away. */
export const longestPiece = 500;

/** How far back from the longest allowed end the end of a sentence is looked for. */
const searchBack = 100;

/**
 * Where to cut a long sentence: ends of pieces, the last one its length. Cuts fall behind the end of a sentence where
 * there is one near by, and never where `inside` says that a slot goes on, unless the slot fills a whole piece.
 */
export function pieceEnds(
  tokens: readonly string[],
  inside: (step: number) => boolean = () => false,
): number[] {
  const ends: number[] = [];
  const endsSentence = (end: number): boolean => /^[.!?;。！？；]+$/u.test(tokens[end - 1] as string);
  let start = 0;
  while (tokens.length - start > longestPiece) {
    const last = start + longestPiece;
    start =
      lastPlace(last, last - searchBack, (end) => endsSentence(end) && !inside(end)) ??
      lastPlace(last, start, (end) => !inside(end)) ??
      last;
    ends.push(start);
  }
  ends.push(tokens.length);
  return ends;
}

/** The pieces of something that has one item a token. */
export function cutAt<T>(items: readonly T[], ends: readonly number[]): T[][] {
  return ends.map((end, index) => items.slice(ends[index - 1] ?? 0, end));
}

/** The last good place above `from` and up to `last`. */
function lastPlace(last: number, from: number, good: (end: number) => boolean): number | undefined {
  for (let end = last; end > from; end--) if (good(end)) return end;
  return undefined;
}
