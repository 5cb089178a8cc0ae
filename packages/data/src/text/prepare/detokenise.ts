// Written without blanks between words: Chinese and Japanese with their marks, and full-width forms.
const IDEOGRAPHIC = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303F\uFF00-\uFFEF]`;
const STARTS_IDEOGRAPHIC = new RegExp(`^${IDEOGRAPHIC}`, "u");
const ENDS_IDEOGRAPHIC = new RegExp(`${IDEOGRAPHIC}$`, "u");

const OPENING = /^[\p{Sc}([{¿¡]+$/u;
const CLOSING = /^[,.?!:;\\%}\])，。、？！：；）】》」』]+$/u;
const QUOTES = /^['"]+$/u;

/**
 * Puts tokens of {@link sentenceTokens} together as people write: no blank before closing marks and behind opening
 * ones, quotes taken in turn as opening and closing, apostrophes joined as the language does, ideographs next to one
 * another. What a tokeniser takes apart cannot always be told from what was apart, so the original may differ.
 */
export function detokenise(tokens: readonly string[], language: string): string {
  let text = "";
  let glued = true; // whether the next token follows without a blank
  const open = new Map<string, boolean>();
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1] ?? "";
    const after = tokens[index + 1] ?? "";
    let joinLeft = glued;
    glued = false;
    if (OPENING.test(token)) glued = true;
    else if (CLOSING.test(token)) {
      joinLeft ||= !(language === "fr" && /^[?!:;%]$/u.test(token)); // French sets these apart by a blank
    } else if (STARTS_IDEOGRAPHIC.test(token)) joinLeft ||= ENDS_IDEOGRAPHIC.test(before);
    else if (language === "en" && /^'\p{Alphabetic}/u.test(token)) {
      joinLeft ||= /[\p{Alphabetic}\p{N}]$/u.test(before);
    } else if (language === "fr" && /\p{Alphabetic}'$/u.test(token)) glued = /^\p{Alphabetic}/u.test(after);
    else if (QUOTES.test(token)) {
      const possessive = token === "'" && language === "en" && open.get(token) !== true && /s$/u.test(before);
      if (possessive) joinLeft = true;
      else {
        const closes = open.get(token) === true;
        open.set(token, !closes);
        if (closes) joinLeft = true;
        else glued = true;
      }
    }
    text += joinLeft ? token : ` ${token}`;
  }
  return text;
}
