import { describe, expect, it } from "vitest";
import { bleuTokens, type BleuTokenizer } from "./tokenizers.js";

const tokens = (text: string, tokenizer: BleuTokenizer) => bleuTokens(text, tokenizer).join(" ");

describe("bleuTokens", () => {
  it("13a splits off ASCII punctuation, keeps numbers, apostrophes and hyphens between letters", () => {
    expect(tokens("It wasn't a well-known 1,000.50 dollars (about $5).", "13a")).toBe(
      "It wasn't a well-known 1,000.50 dollars ( about $ 5 ) .",
    );
    expect(tokens("In 2020.", "13a")).toBe("In 2020 .");
    expect(tokens("a 10-year-old", "13a")).toBe("a 10 - year-old");
    expect(tokens("e.g., x;y", "13a")).toBe("e . g . , x ; y");
    expect(tokens("„Hallo“ – sagte er…", "13a")).toBe("„Hallo“ – sagte er…");
  });

  it("13a undoes what mteval undoes", () => {
    expect(tokens("Tom &amp; &quot;Jerry&quot; &amp;lt;<skipped> an exam-\nple\nhere", "13a")).toBe(
      'Tom & " Jerry " < an example here',
    );
  });

  it("zh makes every Chinese character a word and treats the rest as 13a, without spaces around the line", () => {
    expect(tokens("你好，world! 我有3.5元。", "zh")).toBe("你 好 ， world ! 我 有 3.5 元 。");
    expect(tokens("in 2020.", "zh")).toBe("in 2020.");
    expect(tokens("“是”", "zh")).toBe("“ 是 ”");
    expect(tokens("a𠀀b", "zh")).toBe("a𠀀b");
  });

  it("intl splits off punctuation and symbols of all scripts, but no full stop after a number at the end", () => {
    expect(tokens("„Hallo“, sagte er: 5€ (1,5)…", "intl")).toBe("„ Hallo “ , sagte er : 5 € ( 1,5 ) …");
    expect(tokens("It wasn't.", "intl")).toBe("It wasn ' t .");
    expect(tokens("in 2020. ", "intl")).toBe("in 2020.");
  });

  it("char makes every code point a word, none splits at white space", () => {
    expect(tokens("ab c𠀀", "char")).toBe("a b c 𠀀");
    expect(bleuTokens("  a,\u3000b\u0085c\u001fd \n", "none")).toEqual(["a,", "b", "c", "d"]);
    expect(bleuTokens(" \t", "none")).toEqual([]);
    expect(bleuTokens("\ufeffa", "none")).toEqual(["\ufeffa"]);
  });
});
