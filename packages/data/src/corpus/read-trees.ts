import { DataError } from "@timestep/base";
import { emptyError } from "./raw.js";
import { binarised, type LabelledTree, unescapedWord, withoutUnary } from "./labelled-tree.js";

export interface TreeOptions {
  /** What becomes of nodes with one child: they give way to it (default), or stay. */
  readonly unary?: "collapse" | "keep";
  /** What becomes of nodes with more than two children: they stay (default), or are cut into pairs. */
  readonly branching?: "keep" | "binary";
}

/** A tree and where it starts; lines count from 1. */
export interface TreeExample {
  readonly tree: LabelledTree;
  readonly where: { readonly file: string; readonly line: number };
}

/**
 * Reads labelled trees as the Stanford Sentiment Treebank writes them, one or several a line:
 *
 *     (3 (2 It) (4 (4 works) (2 .)))
 *
 * A tree ends on the line where it starts. -LRB- and the like become brackets again, `\/` a slash.
 *
 * @throws {DataError} TREE_OPEN when a bracket is not closed, TREE_CLOSE when one closes nothing, TREE_LABEL when a node
 *   has no label, TREE_EMPTY when it has neither word nor children, TREE_WORDS when it has two words, or words and
 *   children, TREE_OUTSIDE when text stands outside of all brackets; each with file, line and column. DATA_EMPTY when
 *   there is no tree.
 */
export function readTrees(text: string, file: string, options: TreeOptions = {}): TreeExample[] {
  const examples: TreeExample[] = [];
  let line = 0;
  for (const content of text.split("\n")) {
    line++;
    for (const tree of parseTrees(content, { file, line })) {
      const even = options.unary === "keep" ? tree : withoutUnary(tree);
      examples.push({
        tree: options.branching === "binary" ? binarised(even) : even,
        where: { file, line },
      });
    }
  }
  if (examples.length === 0) throw emptyError(file);
  return examples;
}

/** A node whose closing bracket has not come yet. */
interface OpenNode {
  readonly column: number;
  label?: string;
  word?: string;
  readonly children: LabelledTree[];
}

interface Place {
  readonly file: string;
  readonly line: number;
}

// Only these blanks part tokens: words of the Treebank hold no-break spaces ("2 1/2").
const PIECE = /[()]|[^() \t]+/g;

function parseTrees(content: string, place: Place): LabelledTree[] {
  const trees: LabelledTree[] = [];
  const open: OpenNode[] = [];
  for (const { 0: piece, index } of content.matchAll(PIECE)) {
    const top = open.at(-1);
    if (piece === "(") {
      if (top !== undefined && top.label === undefined) throw noLabel(top, place);
      if (top?.word !== undefined) throw mixed(top, place);
      open.push({ column: index + 1, children: [] });
    } else if (piece === ")") {
      if (top === undefined) throw closesNothing(index + 1, place);
      open.pop();
      (open.at(-1)?.children ?? trees).push(closed(top, place));
    } else if (top === undefined) {
      throw outside(piece, index + 1, place);
    } else if (top.label === undefined) {
      top.label = piece;
    } else if (top.word !== undefined || top.children.length > 0) {
      throw mixed(top, place);
    } else {
      top.word = unescapedWord(piece);
    }
  }
  const [first] = open;
  if (first !== undefined) throw notClosed(first, open.length, place);
  return trees;
}

function closed(node: OpenNode, place: Place): LabelledTree {
  const { label, word, children } = node;
  if (label === undefined) throw noLabel(node, place);
  if (word !== undefined) return { label, word };
  if (children.length > 0) return { label, children };
  throw new DataError(
    "TREE_EMPTY",
    `${at(place, node.column)}: the node (${label}) has no word and no children.`,
    {
      hint: "A node is a label and a word, (2 film), or a label and smaller nodes, (3 (3 good) (2 film)).",
    },
  );
}

function noLabel(node: OpenNode, place: Place): DataError {
  return new DataError("TREE_LABEL", `${at(place, node.column)}: the node that opens here has no label.`, {
    hint: "Write the label right after the bracket: (3 (3 good) (2 film)).",
  });
}

function mixed(node: OpenNode, place: Place): DataError {
  const { column, label = "", word } = node;
  const what =
    word === undefined ? "children and a word beside them" : `the word "${word}" and more behind it`;
  return new DataError("TREE_WORDS", `${at(place, column)}: the node (${label} …) has ${what}.`, {
    hint: "A node holds one word or only nodes. Give each word its own: (3 (3 good) (2 film)).",
  });
}

function notClosed(first: OpenNode, count: number, place: Place): DataError {
  const what = count === 1 ? "a bracket is" : `${count} brackets are`;
  return new DataError(
    "TREE_OPEN",
    `${at(place, first.column)}: ${what} not closed at the end of the line.`,
    {
      hint: "Each tree stands on one line with as many closing as opening brackets; write ( in a word as -LRB-.",
    },
  );
}

function closesNothing(column: number, place: Place): DataError {
  return new DataError("TREE_CLOSE", `${at(place, column)}: this bracket closes nothing.`, {
    hint: "Each tree has as many opening as closing brackets; write ) in a word as -RRB-.",
  });
}

function outside(piece: string, column: number, place: Place): DataError {
  const shown = piece.length > 30 ? `${piece.slice(0, 30)}…` : piece;
  return new DataError("TREE_OUTSIDE", `${at(place, column)}: "${shown}" stands outside of all brackets.`, {
    hint: "A line holds trees and nothing else. If these are not trees, choose another format.",
  });
}

function at(place: Place, column: number): string {
  return `${place.file}, line ${place.line}, column ${column}`;
}
