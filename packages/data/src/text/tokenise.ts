/** A token and where it stands: `text === source.slice(start, end)`, offsets in UTF-16 code units. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

// Characters written without blanks between words; each is a token of its own.
const IDEOGRAPH = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`;
// A letter, mark or digit of a word.
const W = String.raw`(?!${IDEOGRAPH})[\p{L}\p{M}\p{N}_]`;
const END = `(?!${W})`;
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})`;

/**
 * What a token can look like, most specific first; the first rule that matches where the scan stands takes its text.
 * Repetitions that could be retried from every position carry an upper bound, so that no input takes quadratic time.
 */
const RULES: readonly (readonly [name: string, pattern: string])[] = [
  ["web address", String.raw`(?:https?:\/\/|www\.)[^\s<>"]{0,2000}[^\s<>"'’.,;:!?)\]}]`],
  ["e-mail address", String.raw`[\p{L}\p{N}][\p{L}\p{N}._%+-]{0,63}@${LABEL}(?:\.${LABEL}){1,8}`],
  [
    "host name",
    String.raw`(?:${LABEL}\.){1,4}(?:com|org|net|edu|gov|io|ly|co\.uk)${END}(?:\/[^\s<>"]{0,2000}[^\s<>"'’.,;:!?)\]}])?`,
  ],
  ["user or tag", String.raw`[@#](?:${W})+`],
  [
    "abbreviation",
    String.raw`(?:mr|mrs|ms|dr|prof|st|ft|mt|jr|sr|vs|etc|inc|ltd|corp|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.${END}`,
  ],
  ["initials", String.raw`(?!${IDEOGRAPH})\p{L}(?:\.(?!${IDEOGRAPH})\p{L}){1,5}(?:\.|${END})${END}`],
  ["old contraction", String.raw`['’]t(?=is${END}|was${END})`],
  ["clitic", String.raw`['’](?:s|m|d|re|ve|ll)${END}`],
  // Inside a word: hyphen, ampersand and apostrophe; between digits also the marks of decimals, times and dates.
  ["word or number", String.raw`(?:${W})+(?:(?:[-&'’]|(?<=\p{Nd})[.,:\/](?=\p{Nd}))(?:${W})+)*`],
  ["ideograph", IDEOGRAPH],
  ["ellipsis", String.raw`\.{2,}|…`],
  ["dash", String.raw`-{2,}`],
  ["flag", String.raw`\p{Regional_Indicator}{2}`],
  [
    "emoji",
    String.raw`\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*(?:\u200D\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*)*`,
  ],
  ["any other character", String.raw`[^]`],
];

// One alternation tries the rules in order; the blank before a token is skipped by its own pattern.
const TOKEN = new RegExp(RULES.map(([, pattern]) => `(?:${pattern})`).join("|"), "iuy");
const BLANK = /[\s\p{Cc}\u200B]+/uy;

/** Words that are split although nothing marks the place: the length of their first part. */
const JOINED: Readonly<Record<string, number>> = {
  cannot: 3,
  gonna: 3,
  gotta: 3,
  wanna: 3,
  gimme: 3,
  lemme: 3,
};

/** Ends that are split off a word: n't with its n, then the others. */
const CONTRACTIONS: readonly RegExp[] = [/n['’]t$/iu, /['’](?:s|m|d|re|ve|ll)$/iu];

/**
 * Splits text into tokens by rules in the manner of the Penn Treebank: contractions and possessives come apart
 * (do|n't, Mary|'s), punctuation and currency signs stand alone, numbers (3,000.50), times (7:30) and dates (11/2) stay
 * whole, as do e-mail and web addresses, @users, #tags, abbreviations (p.m., St.) and ellipses. Chinese and Japanese
 * come apart by character. Unlike the Treebank's script it keeps quotes as they are and takes letters of any alphabet.
 *
 * Every character that is not blank belongs to exactly one token, and offsets slice back to the source.
 *
 * @see Treebank tokenisation conventions, Marcus et al. 1993, Computational Linguistics 19(2).
 *
 * @example
 * ```ts
 * tokenise("Don't arrive at 7:30 p.m.").map((token) => token.text); // ["Do", "n't", "arrive", "at", "7:30", "p.m."]
 * ```
 */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    at = endOfMatch(BLANK, text, at) ?? at;
    if (at >= text.length) break;
    const end = endOfMatch(TOKEN, text, at) ?? at + 1;
    pushParts(tokens, text, at, end);
    at = end;
  }
  return tokens;
}

/** Tokens between blanks, nothing else split off. */
export function whitespaceTokens(text: string): Token[] {
  return Array.from(text.matchAll(/\S+/gu), ({ 0: word, index }) => ({
    text: word,
    start: index,
    end: index + word.length,
  }));
}

/** One token for each code point, blanks included. */
export function characters(text: string): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  for (const char of text) {
    tokens.push({ text: char, start, end: start + char.length });
    start += char.length;
  }
  return tokens;
}

function endOfMatch(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Adds the token, or its parts where it is a contraction. */
function pushParts(tokens: Token[], text: string, start: number, end: number): void {
  const cuts = cutsOf(text.slice(start, end));
  let from = start;
  for (const cut of cuts) {
    tokens.push({ text: text.slice(from, start + cut), start: from, end: start + cut });
    from = start + cut;
  }
  tokens.push({ text: text.slice(from, end), start: from, end });
}

/** Where a word comes apart, from left to right. Up to three endings are taken off: "shouldn't've" has two. */
function cutsOf(word: string): number[] {
  const lower = word.toLowerCase();
  if (Object.hasOwn(JOINED, lower)) return [JOINED[lower] as number];
  const cuts: number[] = [];
  if (!/['’]/u.test(word) || /[/@]/u.test(word)) return cuts;
  for (let left = word; cuts.length < 3;) {
    const cut = contractionStart(left);
    if (cut === undefined) break;
    cuts.unshift(cut);
    left = left.slice(0, cut);
  }
  return cuts;
}

function contractionStart(word: string): number | undefined {
  for (const ending of CONTRACTIONS) {
    const index = word.search(ending);
    if (index > 0) return index;
  }
  return undefined;
}
