/**
 * The words of a caption as the COCO evaluation takes them: lower case, split as the Penn Treebank is (`do n't`, `dog 's`,
 * `$ 5`), punctuation left out.
 *
 * The official script calls Stanford's PTBTokenizer and then drops a list of marks. This is its plain core: contractions,
 * numbers with points, commas and colons, hyphenated words, initials and common titles are treated alike. Brackets stay, as
 * `-lrb-` and so on: the script's list means to drop them, but has them in capitals. Web addresses, emoticons, slashes and
 * rare abbreviations may come out otherwise.
 *
 * @example
 * ```ts
 * captionTokens("A man's dog doesn't jump, it sits."); // a man 's dog does n't jump it sits
 * ```
 */
export function captionTokens(caption: string): string[] {
  const text = caption
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/n't\b/g, " n't")
    .replace(/'(s|m|d|ll|re|ve)\b/g, " '$1")
    .replace(COMPOUNDS, (word) => `${word.slice(0, 3)} ${word.slice(3)}`);
  return (text.match(TOKEN) ?? []).flatMap((token) =>
    DROPPED.test(token) ? [] : (BRACKETS[token] ?? token),
  );
}

/** Two words written as one that the treebank parts, all after the third letter. */
const COMPOUNDS = /\b(?:cannot|gonna|gotta|wanna|gimme|lemme)\b/g;

const TOKEN = new RegExp(
  [
    "n't(?![\\p{L}\\p{N}])|'(?:s|m|d|ll|re|ve)(?![\\p{L}\\p{N}])", // clitics
    "(?:\\p{L}\\.){2,}", // initials
    "(?:mr|mrs|ms|dr|st|jr|sr|vs)\\.(?=\\s)", // titles
    "\\p{N}+(?:[.,:]\\p{N}+)+", // numbers with marks inside
    "[\\p{L}\\p{M}\\p{N}_]+(?:[-'][\\p{L}\\p{M}\\p{N}_]+)*", // words, also hyphenated or like o'clock
    "[^\\s]", // any other sign alone
  ].join("|"),
  "gu",
);

const DROPPED = /^[.?!,:;'"`“”„«»…–—-]$/u;

const BRACKETS: Readonly<Record<string, string>> = {
  "(": "-lrb-",
  ")": "-rrb-",
  "[": "-lsb-",
  "]": "-rsb-",
  "{": "-lcb-",
  "}": "-rcb-",
};
