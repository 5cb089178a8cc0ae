import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binarised,
  formatTree,
  type LabelledTree,
  mapTreeLabels,
  postOrder,
  treeDepth,
  treeWords,
} from "./labelled-tree.js";
import { readTrees, type TreeOptions } from "./read-trees.js";
import { joinWords, treeText } from "./tree-text.js";

const only = (text: string, options?: TreeOptions): LabelledTree =>
  (readTrees(text, "t.txt", options)[0] as { tree: LabelledTree }).tree;

/** Any tree with two or more children a node, words and labels that may need escaping. */
const anyTree = fc.letrec<{ tree: LabelledTree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({
      label: fc.constantFrom("0", "1", "2", "neg"),
      word: fc.constantFrom("film", "(", ")", "n't", "1/2", "Zürich"),
    }),
    fc.record({
      label: fc.constantFrom("0", "3", "4"),
      children: fc.array(tie("tree"), { minLength: 2, maxLength: 4 }),
    }),
  ),
})).tree;

describe("readTrees", () => {
  it("reads a tree of the Treebank", () => {
    const tree = only("(3 (2 It) (4 (4 works) (2 .)))");
    expect(tree).toEqual({
      label: "3",
      children: [
        { label: "2", word: "It" },
        {
          label: "4",
          children: [
            { label: "4", word: "works" },
            { label: "2", word: "." },
          ],
        },
      ],
    });
    expect([...postOrder(tree)].map(({ label, word }) => word ?? label)).toEqual([
      "It",
      "works",
      ".",
      "4",
      "3",
    ]);
    expect(treeDepth(tree)).toBe(2);
  });

  it("takes several trees a line, blank lines and any blanks between brackets", () => {
    const examples = readTrees("(1 a) (2 b)\n\n  (3(2 c)\t(2 d))\n", "t.txt");
    expect(examples.map(({ tree, where }) => [treeWords(tree).join(" "), where.line])).toEqual([
      ["a", 1],
      ["b", 1],
      ["c d", 3],
    ]);
  });

  it("turns escaped brackets and slashes back, and keeps no-break spaces inside a word", () => {
    expect(treeWords(only("(2 (2 -LRB-) (2 (2 writer\\/star) (2 (2 2\u00A01\\/2) (2 -rrb-))))"))).toEqual([
      "(",
      "writer/star",
      "2\u00A01/2",
      ")",
    ]);
  });

  it("lets a node with one child give way to it, keeping the upper label, unless told otherwise", () => {
    expect(only("(4 (3 (2 good)))")).toEqual({ label: "4", word: "good" });
    expect(only("(4 (3 (2 so) (3 good)))").children).toHaveLength(2);
    expect(formatTree(only("(4 (3 (2 good)))", { unary: "keep" }))).toBe("(4 (3 (2 good)))");
  });

  it("keeps nodes with many children, or cuts them into pairs without a label", () => {
    const text = "(3 (0 a) (1 b) (2 c) (4 d))";
    expect(formatTree(only(text))).toBe(text);
    expect(formatTree(only(text, { branching: "binary" }))).toBe("(3 (0 a) ( (1 b) ( (2 c) (4 d))))");
  });

  it.each([
    ["(3 (2 a) (2 b)", "TREE_OPEN: t.txt, line 2, column 1: a bracket is not closed"],
    ["(3 (2 a", "TREE_OPEN: t.txt, line 2, column 1: 2 brackets are not closed"],
    ["(3 (2 a) (2 b)))", "TREE_CLOSE: t.txt, line 2, column 16"],
    ["((2 a) (2 b))", "TREE_LABEL: t.txt, line 2, column 1"],
    ["(3 () (2 b))", "TREE_LABEL: t.txt, line 2, column 4"],
    ["(3 (2 ) (2 b))", "TREE_EMPTY: t.txt, line 2, column 4: the node (2)"],
    ["(3 (2 two words) (2 b))", 'TREE_WORDS: t.txt, line 2, column 4: the node (2 …) has the word "two"'],
    ["(3 word (2 b))", "TREE_WORDS: t.txt, line 2, column 1"],
    ["(3 (2 b) word)", "TREE_WORDS: t.txt, line 2, column 1: the node (3 …) has children and a word"],
    ["(2 a) trailing", 'TREE_OUTSIDE: t.txt, line 2, column 7: "trailing"'],
    ["no tree at all", 'TREE_OUTSIDE: t.txt, line 2, column 1: "no"'],
  ])("refuses %j", (line, message) => {
    expect(() => readTrees(`(1 fine)\n${line}\n`, "t.txt")).toThrow(message);
  });

  it("refuses a file without trees", () => {
    expect(() => readTrees("\n \n", "t.txt")).toThrow("DATA_EMPTY");
  });

  it("gives back what was written, binarised or not", () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        expect(only(formatTree(tree))).toEqual(tree);
        const pairs = binarised(tree);
        expect(treeWords(pairs)).toEqual(treeWords(tree));
        for (const node of postOrder(pairs)) expect(node.children?.length ?? 2).toBe(2);
        const labelled = [...postOrder(pairs)].filter(({ label }) => label !== "");
        expect(labelled).toHaveLength([...postOrder(tree)].length);
      }),
    );
  });

  it("takes trees far deeper than the call stack", () => {
    const depth = 20_000;
    const tree = only(`${"(1 (2 a) ".repeat(depth)}(2 z)${")".repeat(depth)}`);
    expect(treeWords(tree)).toHaveLength(depth + 1);
    expect(treeDepth(mapTreeLabels(tree, (label) => `${label}!`))).toBe(depth);
  });
});

describe("joinWords", () => {
  it.each([
    ["It 's a film , is n't it ?", "It's a film, isn't it?"],
    ["( almost ) `` great '' -- or not ...", '(almost) "great" -- or not...'],
    ['He said " no " and left', 'He said "no" and left'],
    ["I ca n't stand the writers ' $ 5 plot", "I can't stand the writers' $5 plot"],
    ["you can not gon na", "you cannot gonna"],
    ["", ""],
  ])("%j", (words, text) => {
    expect(joinWords(words === "" ? [] : words.split(" ")).text).toBe(text);
  });

  it("has one token a word, in order, where its offsets say", () => {
    const word = fc.constantFrom("film", ",", "``", "''", '"', "(", ")", "n't", "$", "toString");
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const { text, tokens } = joinWords(words);
        expect(tokens).toHaveLength(words.length);
        let end = 0;
        for (const token of tokens) {
          expect(text.slice(token.start, token.end)).toBe(token.text);
          expect(text.slice(end, token.start).trim()).toBe("");
          end = token.end;
        }
        expect(end).toBe(text.length);
      }),
    );
  });

  it("joins the words of a tree", () => {
    expect(treeText(only("(3 (2 It) (4 (2 's) (4 good)))")).text).toBe("It's good");
  });
});
