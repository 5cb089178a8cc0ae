/** Sentences above this many tokens are read in pieces: nothing a tag depends on lies further away. */
export const longestPiece = 500;

/** How far back from the longest allowed end a better place to cut is looked for. */
const searchBack = 100;

/**
 * Where to cut a long sentence: ends of pieces, the last one its length. Cuts fall behind the end of a sentence where
 * there is one near by, and never where `inside` says that a slot goes on.
 */
export function pieceEnds(
  tokens: readonly string[],
  inside: (step: number) => boolean = () => false,
): number[] {
  const ends: number[] = [];
  let start = 0;
  while (tokens.length - start > longestPiece) {
    const last = start + longestPiece;
    start = lastPlace(last, (end) => /^[.!?;。！？；]+$/u.test(tokens[end - 1] as string) && !inside(end));
    start = start === -1 ? lastPlace(last, (end) => !inside(end)) : start;
    start = start === -1 ? last : start;
    ends.push(start);
  }
  ends.push(tokens.length);
  return ends;
}

/** The pieces of something that has one item a token. */
export function cutAt<T>(items: readonly T[], ends: readonly number[]): T[][] {
  return ends.map((end, index) => items.slice(ends[index - 1] ?? 0, end));
}

function lastPlace(last: number, good: (end: number) => boolean): number {
  for (let end = last; end > last - searchBack; end--) if (good(end)) return end;
  return -1;
}
