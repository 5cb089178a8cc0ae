/**
 * White space as Python's `str.split()` knows it, which the official scripts rest on. It differs from JavaScript's `\s`:
 * the separators U+001C to U+001F and U+0085 are in, U+FEFF is out.
 */
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACES = new RegExp(`[${SPACE}]+`, "g");
const TRAILING = new RegExp(`[${SPACE}]+$`);

/** The words between white space; none in an empty or blank text. */
export function splitWords(text: string): string[] {
  const words = text.split(SPACES);
  if (words[0] === "") words.shift();
  if (words.at(-1) === "") words.pop();
  return words;
}

/** The text without any white space. */
export function withoutSpaces(text: string): string {
  return text.replace(SPACES, "");
}

/** The text without the white space at its end. */
export function trimEnd(text: string): string {
  return text.replace(TRAILING, "");
}
