import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { align, type AlignmentCosts, LEVENSHTEIN_COSTS, SCLITE_COSTS } from "./alignment.js";
import { formatAlignment } from "./alignment-format.js";
import { characterErrorRate, countErrors, wordErrorRate } from "./error-rates.js";

const words = (text: string) => text.split(" ").filter((word) => word !== "");

// Alignments shown in the documentation of NIST's sclite (SCTK, doc/outputs.htm): id, reference, hypothesis, marks of the
// errors, (#C #S #D #I).
const SCLITE: [string, string, string, string, number[]][] = [
  [
    "4t0c0201",
    "as competition in the mutual fund business grows increasingly intense more players in the industry appear willing to sacrifice integrity in the name of performance",
    "as competition in the mutual fund business grows increasingly intense more players in the industry appear willing to sacrifice integrity in the name of performance",
    "",
    [25, 0, 0, 0],
  ],
  [
    "4t0c0202",
    "for a two trillion dollar business built on public confidence this trend is disheartening at best and downright dangerous at worst",
    "freed to trying to lure business built on public confidence this trend is this tightening and best and downright dangerous at worst",
    "SSSSSISS",
    [14, 7, 0, 1],
  ],
  [
    "4t0c0203",
    "so far this year the industry slide has been apparent in allegations of insider trading by fund managers unsavory fund sales practices at banks and the use of high risk derivative securities in normally conservative money market funds",
    "so far this year the industry slide has been apparent in allegations of insider trading by fund managers and save refund sales practices at banks and use of high risk derivative securities in early conservative money market funds",
    "ISSDS",
    [34, 3, 1, 1],
  ],
  ["2347-a-000", "i've um as far as i'm concerned", "they pride about as far as i'm i", "ISSS", [4, 3, 0, 1]],
  [
    "2347-a-001",
    "i find that the young women have lost so much because they have become more aggressive and more dominating",
    "are fine but the young women have lost so much too because they have become more aggressive and more jobs needing",
    "SSSIIS",
    [15, 4, 0, 2],
  ],
  ["2347-a-002", "", "it and i think", "IIII", [0, 0, 0, 4]], // cut short
];

const LETTERS = { correct: "", substitution: "S", deletion: "D", insertion: "I" };
const marks = (reference: string, hypothesis: string, costs?: AlignmentCosts) =>
  align(words(reference), words(hypothesis), costs)
    .map((pair) => LETTERS[pair.operation])
    .join("");

describe("align", () => {
  it.each(SCLITE)(
    "aligns sclite's utterance %s as sclite does",
    (_, reference, hypothesis, errors, counts) => {
      const alignment = align(words(reference), words(hypothesis));
      expect(Object.values(countErrors(alignment))).toEqual(counts);
      expect(marks(reference, hypothesis)).toBe(errors);
    },
  );

  it("lets the costs decide: five substitutions, or three deletions and three insertions", () => {
    const [reference, hypothesis] = ["a b c x y", "x y d e f"];
    expect(marks(reference, hypothesis, LEVENSHTEIN_COSTS)).toBe("SSSSS");
    expect(marks(reference, hypothesis, SCLITE_COSTS)).toBe("DDDIII");
  });

  const list = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 5 });
  const price = fc.integer({ min: 1, max: 5 });

  /** The cost of the cheapest alignment, found by trying all. */
  function cheapest(reference: string[], hypothesis: string[], costs: AlignmentCosts): number {
    if (reference.length === 0) return hypothesis.length * costs.insertion;
    if (hypothesis.length === 0) return reference.length * costs.deletion;
    const [left, right] = [reference.slice(1), hypothesis.slice(1)];
    return Math.min(
      cheapest(left, right, costs) + (reference[0] === hypothesis[0] ? 0 : costs.substitution),
      cheapest(left, hypothesis, costs) + costs.deletion,
      cheapest(reference, right, costs) + costs.insertion,
    );
  }

  it("finds what trying every alignment finds, and keeps both texts in order", () => {
    fc.assert(
      fc.property(
        list,
        list,
        price,
        price,
        price,
        (reference, hypothesis, substitution, deletion, insertion) => {
          const costs = { substitution, deletion, insertion };
          const pairs = align(reference, hypothesis, costs);
          const { substitutions, deletions, insertions } = countErrors(pairs);
          expect(substitutions * substitution + deletions * deletion + insertions * insertion).toBe(
            cheapest(reference, hypothesis, costs),
          );
          expect(pairs.flatMap((pair) => pair.reference ?? [])).toEqual(reference);
          expect(pairs.flatMap((pair) => pair.hypothesis ?? [])).toEqual(hypothesis);
          for (const pair of pairs) {
            expect(pair.operation === "correct").toBe(pair.reference === pair.hypothesis);
          }
        },
      ),
    );
  });

  it("refuses costs and lengths it cannot work with", () => {
    expect(() => align(["a"], ["b"], { substitution: 1, deletion: 0, insertion: 1 })).toThrow(
      "METRIC_COSTS: an alignment cannot count a deletion at 0",
    );
    const long = new Array<string>(20000).fill("a");
    expect(() => align(long, long)).toThrow("METRIC_TOO_LONG: a reference of 20000 symbols");
  });
});

describe("formatAlignment", () => {
  it("prints the lines of sclite", () => {
    expect(formatAlignment(align(words("the cat sat there"), words("the bät has sat")))).toBe(
      "REF:  the *** cat sat there\n" + //
        "HYP:  the bät has sat *****\n" +
        "Eval:     I   S       D\n",
    );
    expect(formatAlignment([])).toBe("REF:\nHYP:\nEval:\n");
  });
});

describe("wordErrorRate", () => {
  it("adds up a corpus as sclite's report does", () => {
    const three = SCLITE.slice(0, 3);
    const rates = wordErrorRate(
      three.map(([, reference]) => reference),
      three.map(([, , hypothesis]) => hypothesis),
    );
    expect(rates).toMatchObject({ correct: 73, substitutions: 10, deletions: 1, insertions: 2, symbols: 84 });
    expect(rates.errorRate).toBeCloseTo((100 * 13) / 84, 12);
    expect(rates.sentenceErrorRate).toBeCloseTo(200 / 3, 12);
    expect(rates.signature).toBe("unit:word|case:mixed|costs:4/3/3");
    expect(rates.alignments.map((alignment) => alignment.length)).toEqual([25, 22, 39]);
  });

  it("can exceed 100, and counts what is said into silence", () => {
    expect(wordErrorRate(["a", ""], ["a b c", "d"]).errorRate).toBe(300);
  });

  it("ignores case when asked, and repeated white space always", () => {
    expect(wordErrorRate(["The  Cat"], [" the cat\n"]).errorRate).toBe(100);
    expect(wordErrorRate(["The  Cat"], [" the cat\n"], { lowercase: true })).toMatchObject({
      errorRate: 0,
      sentenceErrorRate: 0,
      signature: "unit:word|case:lc|costs:4/3/3",
    });
  });

  it("refuses a corpus without words to get wrong", () => {
    expect(() => wordErrorRate([], [])).toThrow("METRIC_EMPTY");
    expect(() => wordErrorRate(["", " "], ["a", ""])).toThrow("METRIC_EMPTY: all references are empty");
    expect(() => wordErrorRate(["a"], [])).toThrow("METRIC_LENGTH");
  });
});

describe("characterErrorRate", () => {
  it("counts code points, and a space between words as one", () => {
    expect(characterErrorRate(["ab  cd "], ["abcd"])).toMatchObject({
      symbols: 5,
      deletions: 1,
      errorRate: 20,
      signature: "unit:char|spaces:single|case:mixed|costs:4/3/3",
    });
    expect(characterErrorRate(["我 是𠀀"], ["我是𠀁"], { spaces: "none" })).toMatchObject({
      symbols: 3,
      correct: 2,
      substitutions: 1,
      signature: "unit:char|spaces:none|case:mixed|costs:4/3/3",
    });
  });

  it("scores kitten against sitting as everyone does", () => {
    const { substitutions, insertions, symbols } = characterErrorRate(["kitten"], ["sitting"]);
    expect({ substitutions, insertions, symbols }).toEqual({ substitutions: 2, insertions: 1, symbols: 6 });
  });
});
