import { type Token } from "../text/tokenise.js";
import { type LabelledTree, treeWords } from "./labelled-tree.js";

/** A text put together from words, and where each of them stands: `text.slice(start, end) === token.text`. */
export interface WrittenText {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** Marks that follow the word before them without a blank. */
const CLOSING = new Set([",", ".", "!", "?", ":", ";", "%", ")", "]", "}", "...", "…", "''", "'"]);
/** Marks that the word after them follows without a blank. */
const OPENING = new Set(["(", "[", "{", "$", "#", "``", "`"]);
/** Ends of contractions, which the Treebank sets apart. */
const ENDING = /^(?:n['’]t|['’](?:s|m|d|re|ve|ll))$/i;
/** First and second halves of words that the Treebank cuts although nothing marks the place. */
const JOINED = new Set(["can not", "gon na", "wan na", "got ta", "gim me", "lem me"]);
/** Quotes as the Treebank writes them, and as people do. */
const QUOTES: Readonly<Record<string, string>> = { "``": '"', "''": '"', "`": "'" };

/**
 * Words as one text, the way it was written before it was cut into Treebank tokens: marks join the word before them,
 * contractions close up, `` and '' become quotes. One token comes back for each word, in order, with its offsets; its
 * text is what stands there.
 */
export function joinWords(words: readonly string[]): WrittenText {
  const tokens: Token[] = [];
  let text = "";
  let previous: string | undefined;
  let quoteOpen = false;
  let afterOpening = true; // nothing stands before the first word
  for (const word of words) {
    const closesQuote = word === '"' && quoteOpen;
    const closes = CLOSING.has(word) || ENDING.test(word) || closesQuote;
    const joins = previous !== undefined && JOINED.has(`${previous} ${word}`.toLowerCase());
    if (!closes && !joins && !afterOpening) text += " ";
    const shown = Object.hasOwn(QUOTES, word) ? (QUOTES[word] as string) : word;
    tokens.push({ text: shown, start: text.length, end: text.length + shown.length });
    text += shown;
    if (word === '"') quoteOpen = !quoteOpen;
    afterOpening = OPENING.has(word) || (word === '"' && quoteOpen);
    previous = word;
  }
  return { text, tokens };
}

/** The text of a tree, see {@link joinWords}; the tokens are its words from left to right. */
export function treeText(tree: LabelledTree): WrittenText {
  return joinWords(treeWords(tree));
}
