import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conlleval } from "./conlleval.js";
import { fixed, formatConlleval } from "./conlleval-format.js";

const words = (text: string): string[] => text.split(" ");

const counts = (gold: string, predicted: string): number[] => {
  const scores = conlleval([words(gold)], [words(predicted)]);
  return [scores.gold, scores.predicted, scores.correct];
};

/** Chunks of BIO tags found one by one, the readable way: a chunk runs from where it opens to where its type stops. */
function chunks(tags: readonly string[]): string[] {
  const found: string[] = [];
  for (let start = 0; start < tags.length; start++) {
    const tag = tags[start] as string;
    const type = tag.slice(2);
    const previous = tags[start - 1] ?? "O";
    if (tag === "O" || (tag.startsWith("I-") && previous.slice(2) === type)) continue;
    let end = start + 1;
    while (tags[end] === `I-${type}`) end++;
    found.push(`${type} ${start} ${end}`);
  }
  return found;
}

describe("conlleval", () => {
  it.each([
    // gold, predicted, [gold chunks, predicted chunks, correct]: worked by hand
    ["B-a I-a O", "B-a I-a O", [1, 1, 1]],
    ["B-a I-a O", "B-a O O", [1, 1, 0]],
    ["O I-a I-a", "O B-a I-a", [1, 1, 1]],
    ["B-a I-b", "B-a B-b", [2, 2, 2]],
    ["B-a B-a", "B-a I-a", [2, 1, 0]],
    ["B-a I-a I-a", "B-a I-a B-a", [1, 2, 0]],
    ["B-a I-a", "B-b I-b", [1, 1, 0]],
    ["B-a I-a", "B-a I-b", [1, 2, 0]],
    ["O O", "O O", [0, 0, 0]],
    ["B-x-y I-x-y", "B-x-y I-x-y", [1, 1, 1]],
    ["B-x-y O", "B-x-z O", [1, 1, 0]],
  ])("%s against %s", (gold, predicted, expected) => {
    expect(counts(gold, predicted)).toEqual(expected);
  });

  it.each([
    // Readings peculiar to the script; they follow from its rules, not from the schemes.
    ["B-a E-a B-a E-a", "B-a E-a B-a E-a", [1, 1, 1]], // no end between E and B
    ["S-a S-a", "S-a S-a", [1, 1, 1]], // S is no letter it knows
    ["S-a S-b", "B-a B-b", [2, 2, 2]],
    ["[-a ]-a", "[-a ]-a", [2, 2, 2]], // brackets are chunks of one token
    ["E-a E-a", "B-a B-a", [2, 2, 2]],
    ["B-a .", "B-a O", [1, 1, 1]],
  ])("reads %s against %s as the script does", (gold, predicted, expected) => {
    expect(counts(gold, predicted)).toEqual(expected);
  });

  it("counts what enumerating the chunks counts, over every pair of short BIO sequences", () => {
    const tags = ["O", "B-a", "I-a", "B-b", "I-b"];
    const all = tags.flatMap((a) => tags.flatMap((b) => tags.map((c) => [a, b, c])));
    for (const gold of all) {
      const goldChunks = new Set(chunks(gold));
      for (const predicted of all) {
        const guesses = chunks(predicted);
        const scores = conlleval([gold], [predicted]);
        const expected = [
          goldChunks.size,
          guesses.length,
          guesses.filter((chunk) => goldChunks.has(chunk)).length,
        ];
        expect([scores.gold, scores.predicted, scores.correct]).toEqual(expected);
      }
    }
  });

  it("counts what enumerating the chunks counts, by type and over sentences", () => {
    const pair = fc.tuple(
      fc.constantFrom("O", "B-a", "I-a", "B-b", "I-b"),
      fc.constantFrom("O", "B-a", "I-a", "B-b", "I-b"),
    );
    const corpus = fc.array(fc.array(pair, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(corpus, (sentences) => {
        const gold = sentences.map((sentence) => sentence.map(([tag]) => tag));
        const predicted = sentences.map((sentence) => sentence.map(([, tag]) => tag));
        const scores = conlleval(gold, predicted);
        const placed = (side: string[][]): string[] =>
          side.flatMap((tags, i) => chunks(tags).map((chunk) => `${chunk} ${i}`));
        for (const type of ["a", "b"]) {
          const mine = placed(gold).filter((chunk) => chunk.startsWith(type));
          const theirs = placed(predicted).filter((chunk) => chunk.startsWith(type));
          const correct = theirs.filter((chunk) => mine.includes(chunk)).length;
          const tally = scores.types.get(type);
          expect([tally?.gold ?? 0, tally?.predicted ?? 0, tally?.correct ?? 0]).toEqual([
            mine.length,
            theirs.length,
            correct,
          ]);
        }
        const flat = sentences.flat();
        expect(scores.tokens).toBe(flat.length);
        expect(scores.tokenAccuracy).toBeCloseTo(
          (100 * flat.filter(([a, b]) => a === b).length) / flat.length,
          10,
        );
      }),
    );
  });

  it("never lets a chunk run across a sentence break", () => {
    const scores = conlleval([["B-a"], ["I-a"]], [["B-a"], ["I-a"]]);
    expect([scores.gold, scores.predicted, scores.correct]).toEqual([2, 2, 2]);
  });

  it("scores 0 where there is nothing to divide by", () => {
    const scores = conlleval([["O"]], [["O"]]);
    expect([scores.precision, scores.recall, scores.f1, scores.tokenAccuracy]).toEqual([0, 0, 0, 100]);
    expect(scores.signature).toBe("chunks:conlleval types:all");
  });

  it("refuses what cannot be compared", () => {
    expect(() => conlleval([], [])).toThrow("METRIC_EMPTY");
    expect(() => conlleval([["O"]], [])).toThrow("METRIC_LENGTH: 1 gold sentences but 0 predicted ones");
    expect(() => conlleval([["O"], ["O", "O"]], [["O"], ["O"]])).toThrow(
      "sentence 2 has 2 gold tags but 1 predicted",
    );
  });
});

type Counts = readonly [gold: number, found: number, correct: number];

/** A sentence with exactly these numbers of chunks of each type, all of one token. */
function sentenceWith(types: Readonly<Record<string, Counts>>): { gold: string[][]; predicted: string[][] } {
  const gold: string[] = [];
  const predicted: string[] = [];
  for (const [type, [all, found, correct]] of Object.entries(types)) {
    const tag = `B-${type}`;
    for (let i = 0; i < all + found - correct; i++) {
      gold.push(i < all ? tag : "O");
      predicted.push(i < correct || i >= all ? tag : "O");
    }
  }
  return { gold: [gold], predicted: [predicted] };
}

describe("formatConlleval", () => {
  // The counts behind a published table follow from its percentages and its numbers of found chunks.
  it("prints the sample output of the CoNLL-2000 task's page", () => {
    // www.clips.uantwerpen.be/conll2000/chunking/output.html. The numbers of tokens differ: its chunks are longer.
    const types = {
      ADJP: [6, 1, 0],
      ADVP: [8, 11, 5],
      NP: [262, 317, 206],
      PP: [90, 107, 89],
      SBAR: [6, 3, 2],
      VP: [87, 100, 69],
    } as const;
    const { gold, predicted } = sentenceWith(types);
    const lines = formatConlleval(conlleval(gold, predicted)).split("\n");
    expect(lines[0]).toMatch(/ tokens with 459 phrases; found: 539 phrases; correct: 371\.$/);
    expect(lines[1]).toMatch(/precision: {2}68\.83%; recall: {2}80\.83%; FB1: {2}74\.35$/);
    expect(lines.slice(2).join("\n")).toBe(
      [
        "             ADJP: precision:   0.00%; recall:   0.00%; FB1:   0.00  1",
        "             ADVP: precision:  45.45%; recall:  62.50%; FB1:  52.63  11",
        "               NP: precision:  64.98%; recall:  78.63%; FB1:  71.16  317",
        "               PP: precision:  83.18%; recall:  98.89%; FB1:  90.36  107",
        "             SBAR: precision:  66.67%; recall:  33.33%; FB1:  44.44  3",
        "               VP: precision:  69.00%; recall:  79.31%; FB1:  73.80  100",
        "",
      ].join("\n"),
    );
  });

  it("prints overall lines published for CoNLL-2003's English test set", () => {
    // Found and correct chunks as printed by the script for three systems, among 5648 gold ones.
    for (const [found, correct, expected] of [
      [5679, 5146, "precision:  90.61%; recall:  91.11%; FB1:  90.86"],
      [5620, 5112, "precision:  90.96%; recall:  90.51%; FB1:  90.73"],
      [5605, 4799, "precision:  85.62%; recall:  84.97%; FB1:  85.29"],
    ] as const) {
      const { gold, predicted } = sentenceWith({ PER: [5648, found, correct] });
      expect(formatConlleval(conlleval(gold, predicted)).split("\n")[1]).toContain(expected);
    }
  });

  it("prints counts and accuracy", () => {
    const scores = conlleval([words("B-a I-a O O"), words("B-b")], [words("B-a I-a O B-b"), words("B-b")]);
    expect(formatConlleval(scores)).toBe(
      "processed 5 tokens with 2 phrases; found: 3 phrases; correct: 2.\n" +
        "accuracy:  80.00%; precision:  66.67%; recall: 100.00%; FB1:  80.00\n" +
        "                a: precision: 100.00%; recall: 100.00%; FB1: 100.00  1\n" +
        "                b: precision:  50.00%; recall: 100.00%; FB1:  66.67  2\n",
    );
  });

  it("rounds exact halves to even, as C does", () => {
    expect([3.125, 9.375, 0.625, 15.875, 100, 0, 2.675].map(fixed)).toEqual([
      "  3.12",
      "  9.38",
      "  0.62",
      " 15.88",
      "100.00",
      "  0.00",
      "  2.67",
    ]);
  });
});
