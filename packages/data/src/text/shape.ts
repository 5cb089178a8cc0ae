/** How a token is capitalised. The order is the order of ids; do not change it, saved models rely on it. */
export const CAPITALISATIONS = ["lower", "title", "upper", "mixed", "digit", "punctuation", "other"] as const;

export type Capitalisation = (typeof CAPITALISATIONS)[number];

/**
 * The shape of a token: upper-case letters become X, other letters x, digits d, the rest stays; runs collapse to one.
 * "Taipei" → "Xx", "NASA" → "X", "747-Jet" → "d-Xx", "3,000.50" → "d,d.d".
 */
export function wordShape(token: string): string {
  let shape = "";
  let last = "";
  for (const char of token) {
    const kind = /\p{Lu}|\p{Lt}/u.test(char)
      ? "X"
      : /\p{L}/u.test(char)
        ? "x"
        : /\p{Nd}/u.test(char)
          ? "d"
          : char;
    if (kind !== last) shape += kind;
    last = kind;
  }
  return shape;
}

/**
 * The capitalisation class of a token: `lower`, `title` (first letter only, also a lone capital such as "I"), `upper` (two capitals or more, no small letter),
 * `mixed` ("iPhone"), `digit` (digits with any punctuation, no letter), `punctuation` (neither letters nor digits), or
 * `other` (letters without case, as in Chinese).
 */
export function capitalisation(token: string): Capitalisation {
  const letters = token.replace(/[^\p{L}]/gu, "");
  if (letters === "") return /\p{N}/u.test(token) ? "digit" : "punctuation";
  const upper = (letters.match(/\p{Lu}|\p{Lt}/gu) ?? []).length;
  const lower = (letters.match(/\p{Ll}/gu) ?? []).length;
  if (upper === 0) return lower === 0 ? "other" : "lower";
  if (upper === 1 && /^(\p{Lu}|\p{Lt})/u.test(letters)) return "title";
  return lower === 0 ? "upper" : "mixed";
}
