/**
 * Where JSON text goes wrong: the offset of the first character that cannot continue a JSON value, or undefined when
 * the text is valid. The messages of `JSON.parse` name a position only sometimes.
 */
export function jsonErrorOffset(text: string): number | undefined {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found !== null;
  };
  const blanks = /[ \t\r\n]*/y;
  const scalar =
    /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
  const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
  const open: string[] = []; // closing brackets still due
  let expectValue = true;
  let justOpened = false;
  for (;;) {
    take(blanks);
    if (expectValue) {
      if (justOpened && text[at] === open.at(-1)) {
        expectValue = false;
        justOpened = false;
        continue;
      }
      if (open.at(-1) === "}") {
        if (!take(string)) return at;
        take(blanks);
        if (text[at] !== ":") return at;
        at++;
        take(blanks);
      }
      justOpened = text[at] === "{" || text[at] === "[";
      if (justOpened) {
        open.push(text[at] === "{" ? "}" : "]");
        at++;
      } else {
        if (!take(scalar)) return at;
        expectValue = false;
      }
    } else if (open.length === 0) {
      return at === text.length ? undefined : at;
    } else if (text[at] === open.at(-1)) {
      open.pop();
      at++;
    } else if (text[at] === ",") {
      at++;
      expectValue = true;
    } else {
      return at;
    }
  }
}
