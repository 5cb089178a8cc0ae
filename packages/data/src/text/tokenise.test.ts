import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { characters, tokenise, whitespaceTokens } from "./tokenise.js";

const split = (text: string): string =>
  tokenise(text)
    .map((token) => token.text)
    .join("|");

describe("tokenise", () => {
  it.each([
    ["arrive Taipei on November 2nd", "arrive|Taipei|on|November|2nd"],
    ["I don't, can't and won't.", "I|do|n't|,|ca|n't|and|wo|n't|."],
    ["I'd've said they're Mary's", "I|'d|'ve|said|they|'re|Mary|'s"],
    ["the Joneses' house, o'clock, O’Hare isn’t", "the|Joneses|'|house|,|o'clock|,|O’Hare|is|n’t"],
    ["I cannot; gonna gimme", "I|can|not|;|gon|na|gim|me"],
    ["'tis 'quoted' “curly” (brackets)", "'t|is|'|quoted|'|“|curly|”|(|brackets|)"],
    ["$3,000.50, US$5, €20 and 5%...", "$|3,000.50|,|US|$|5|,|€|20|and|5|%|..."],
    ["at 7:30, 7:30pm or 10-11:30 on 11/2/2024.", "at|7:30|,|7:30pm|or|10-11:30|on|11/2/2024|."],
    ["2nd/3rd class, round-trip -- non-stop", "2nd|/|3rd|class|,|round-trip|--|non-stop"],
    ["7 p.m. in the U.S. via St. Louis, e.g. Mr. X", "7|p.m.|in|the|U.S.|via|St.|Louis|,|e.g.|Mr.|X"],
    ["from boston.to denver", "from|boston|.|to|denver"],
    ["bob.x@ex-am.ple.com, see https://a.b/c?d=e's!", "bob.x@ex-am.ple.com|,|see|https://a.b/c?d=e's|!"],
    ["(www.x.org) google.com/maps.", "(|www.x.org|)|google.com/maps|."],
    ["@user #tag a @ b # c", "@user|#tag|a|@|b|#|c"],
    ["naïve Zürich, Ålesund Москва", "naïve|Zürich|,|Ålesund|Москва"],
    ["飛往東京 10月2日 カナ", "飛|往|東|京|10|月|2|日|カ|ナ"],
    ["ok👩‍💻👍🏽🇹🇼🇯🇵!!", "ok|👩‍💻|👍🏽|🇹🇼|🇯🇵|!|!"],
    ["AT&T & co", "AT&T|&|co"],
    ["wait… what?!", "wait|…|what|?|!"],
    ["zero\u200Bwidth\tand\u00A0more", "zero|width|and|more"],
    ["", ""],
  ])("%s", (text, expected) => {
    expect(split(text)).toBe(expected);
  });

  const pieces = fc.constantFrom(
    ..."a|B|é|9|'|’|.|,|:|/|-|@|#|$|%|&| |\n|\t|n't|'s|cannot|St.|U.S.|http://|www.|x@y.z|中|カ|👍|🏽|\u200D|🇹|\uD800|\uDC00|\u0301|__proto__|constructor".split(
      "|",
    ),
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join("")),
  );

  it("offsets slice back, rise, and leave out nothing but blanks", () => {
    fc.assert(
      fc.property(texts, (text) => {
        let at = 0;
        for (const token of tokenise(text)) {
          expect(token.text).toBe(text.slice(token.start, token.end));
          expect(token.end).toBeGreaterThan(token.start);
          expect(text.slice(at, token.start)).toMatch(/^[\s\p{Cc}\u200B]*$/u);
          at = token.end;
        }
        expect(text.slice(at)).toMatch(/^[\s\p{Cc}\u200B]*$/u);
      }),
      { numRuns: 3000 },
    );
  });

  it("takes time in proportion to the text, also for texts that invite backtracking", () => {
    const size = 200_000;
    const nasty = [
      "a.",
      "a1.",
      "ab.cd.",
      "a@",
      "a-",
      "'ve",
      "x'd",
      "http://)",
      "www.",
      "é\u0301",
      "👩‍",
      "1,",
      "!",
      "google.com/!",
    ];
    for (const unit of nasty) {
      const started = performance.now();
      tokenise(unit.repeat(size / unit.length));
      expect(performance.now() - started, unit).toBeLessThan(2000); // measured: under 100 ms; quadratic would take minutes
    }
  });
});

describe("whitespaceTokens and characters", () => {
  it("split at blanks only", () => {
    expect(whitespaceTokens(" don't  stop.\n")).toEqual([
      { text: "don't", start: 1, end: 6 },
      { text: "stop.", start: 8, end: 13 },
    ]);
  });

  it("split by code point", () => {
    expect(characters("a👍")).toEqual([
      { text: "a", start: 0, end: 1 },
      { text: "👍", start: 1, end: 3 },
    ]);
  });
});
