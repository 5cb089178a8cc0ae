import type { Tree } from "@timestep/core";
import type { Token } from "@timestep/data";
import type { Opinion } from "./scores.js";

/** A word of a text with what it did for the label. Offsets are those of JavaScript's `slice` into the text as given. */
export interface WeighedToken extends Token {
  /** Gradient × input: above 0 speaks for the label given, below 0 against it; 0 where it was not read. */
  readonly weight: number;
  /** Share of the attention, where the model pools by attention. */
  readonly attention?: number;
}

/** A phrase of a text with its label, and the smaller phrases it is made of. */
export interface LabelledPhrase {
  readonly label: string;
  readonly confidence: number;
  readonly start: number;
  readonly end: number;
  readonly children?: readonly LabelledPhrase[];
}

/** What a classifier makes of a text. */
export interface ClassifiedText {
  readonly text: string;
  /** Null where there is nothing to read, or the confidence is below what the settings ask for. */
  readonly label: string | null;
  /** P(the most probable label). */
  readonly confidence: number;
  /** P(label) for each label. */
  readonly scores: Readonly<Record<string, number>>;
  readonly tokens: readonly WeighedToken[];
  /** How a recursive network read it. */
  readonly tree?: LabelledPhrase;
}

/**
 * A merged shape over words, as phrases of the text.
 *
 * @param places Which of the tokens each leaf is.
 * @param said Label and confidence of each node in post-order.
 */
export function phraseTree(
  shape: Tree,
  places: ArrayLike<number>,
  tokens: readonly Token[],
  said: readonly Opinion[],
): LabelledPhrase {
  const done: LabelledPhrase[] = [];
  postOrder(shape).forEach((node, at) => {
    const own = said[at] as Opinion;
    if ("children" in node) {
      const children = done.splice(done.length - node.children.length);
      const [first, last] = [children[0], children.at(-1)] as [LabelledPhrase, LabelledPhrase];
      done.push({ ...own, start: first.start, end: last.end, children });
    } else {
      const { start, end } = tokens[places[node.leaf] as number] as Token;
      done.push({ ...own, start, end });
    }
  });
  return done[0] as LabelledPhrase;
}

/** Children before their parents, left to right; trees can be deeper than the call stack. */
function postOrder(shape: Tree): Tree[] {
  const open: Tree[] = [shape];
  const backwards: Tree[] = [];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    backwards.push(node);
    if ("children" in node) open.push(...node.children);
  }
  return backwards.reverse();
}

/** A tree for people: a line a phrase, indented, the label before it. */
export function treeLines(text: string, tree: LabelledPhrase): string[] {
  const lines: string[] = [];
  const open: { readonly phrase: LabelledPhrase; readonly depth: number }[] = [{ phrase: tree, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { phrase, depth } = next;
    const words = text.slice(phrase.start, phrase.end).replace(/\s+/g, " ");
    lines.push(`${"  ".repeat(depth)}${phrase.label} ${phrase.confidence.toFixed(2)}  ${words}`);
    for (const child of [...(phrase.children ?? [])].reverse())
      open.push({ phrase: child, depth: depth + 1 });
  }
  return lines;
}
