import { splitWords, trimEnd } from "../text/split-words.js";

/**
 * How BLEU splits a text into words, by sacreBLEU's names.
 *
 * - `13a` splits off punctuation as WMT's `mteval-v13a.pl` does, for languages in Latin and similar scripts; the default.
 * - `zh` makes every Chinese character a word and treats the rest as `13a`.
 * - `intl` splits off the punctuation and symbols of all scripts, as `mteval-v14.pl --international-tokenization` does.
 * - `char` makes every character a word.
 * - `none` splits at white space, for text that is tokenised already.
 */
export type BleuTokenizer = "13a" | "zh" | "intl" | "char" | "none";

/** The words of a text as BLEU counts them. */
export function bleuTokens(text: string, tokenizer: BleuTokenizer): string[] {
  return TOKENIZERS[tokenizer](trimEnd(text));
}

/** Whether there is a tokeniser of this name. */
export function isBleuTokenizer(name: string): name is BleuTokenizer {
  return Object.hasOwn(TOKENIZERS, name);
}

const TOKENIZERS: Record<BleuTokenizer, (text: string) => string[]> = {
  "13a": (text) => splitWords(splitWestern(` ${unescapeMarkup(text)} `)),
  zh: (text) => splitWords(splitWestern(splitChinese(text.trim()))),
  intl: (text) => splitWords(splitInternational(text)),
  char: (text) => splitWords([...text].join(" ")),
  none: splitWords,
};

/** What `mteval-v13a.pl` undoes before it splits: marks of skipped text, hyphens at line ends, XML's entities. */
function unescapeMarkup(text: string): string {
  let plain = text;
  if (plain.includes("<")) plain = plain.replaceAll("<skipped>", "");
  if (plain.includes("\n")) plain = plain.replaceAll("-\n", "").replaceAll("\n", " ");
  if (plain.includes("&")) {
    plain = plain.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<");
    plain = plain.replaceAll("&gt;", ">");
  }
  return plain;
}

/** Splits off ASCII punctuation; full stops, commas and hyphens only where they do not belong to a number. */
function splitWestern(text: string): string {
  return text
    .replace(/[!-&(-+/:-@[-`{-~]/g, " $& ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");
}

/** Splits off punctuation that does not stand between two numbers, and every symbol. */
function splitInternational(text: string): string {
  return text
    .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
    .replace(/(\p{P})(\P{N})/gu, " $1 $2")
    .replace(/\p{S}/gu, " $& ");
}

function splitChinese(text: string): string {
  return text.replace(CHINESE, " $& ");
}

/**
 * The characters that sacreBLEU sets apart. Its table means to hold the ideographs beyond U+FFFF, but spells them with four
 * hexadecimal digits, so that U+2001 to U+2A6D stand there in their place: general punctuation such as “ ” — … is set apart
 * and rare ideographs are not. Scores are only comparable when this is kept.
 */
const CHINESE = new RegExp(
  "[" +
    "\\u2001-\\u2a6d" + // meant as CJK extension B
    "\\u2e80-\\u2eff\\u2f00-\\u2fdf\\u2ff0-\\u2fff" + // radicals, description characters
    "\\u3000-\\u303f\\u3100-\\u312f\\u31a0-\\u31bf\\u31c0-\\u31ef" + // punctuation, bopomofo, strokes
    "\\u3200-\\u32ff\\u3300-\\u33ff" + // enclosed and squared characters
    "\\u3400-\\u4db5\\u4e00-\\u9fbb" + // unified ideographs and extension A, as of Unicode 4.1
    "\\uf900-\\ufa2d\\ufa30-\\ufa6a\\ufa70-\\ufad9" + // compatibility ideographs
    "\\ufe10-\\ufe1f\\ufe30-\\ufe4f\\uff00-\\uffef" + // vertical, compatibility and full-width forms
    "]",
  "g",
);
