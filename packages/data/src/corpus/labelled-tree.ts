/**
 * A phrase of a parse tree with its label: a word, or a phrase made of smaller ones.
 *
 * Exactly one of `word` and `children` is there, and `children` is never empty. The label is the empty text only where
 * nobody gave one ({@link UNLABELLED}): at the nodes that binarising adds.
 */
export interface LabelledTree {
  readonly label: string;
  readonly word?: string;
  readonly children?: readonly LabelledTree[];
}

/** The label of nodes that no annotator saw. */
export const UNLABELLED = "";

/** Every node, children before their parents and from left to right: the order in which a recursive network works. */
export function* postOrder(tree: LabelledTree): Generator<LabelledTree> {
  // A stack of our own: trees of long texts that branch to one side are deeper than the call stack.
  const open: { readonly node: LabelledTree; next: number }[] = [{ node: tree, next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const child = top.node.children?.[top.next];
    if (child === undefined) {
      yield top.node;
      open.pop();
    } else {
      top.next++;
      open.push({ node: child, next: 0 });
    }
  }
}

/** The words of a tree from left to right. */
export function treeWords(tree: LabelledTree): string[] {
  const words: string[] = [];
  for (const { word } of postOrder(tree)) if (word !== undefined) words.push(word);
  return words;
}

/** How often a tree's deepest word is a child of a child: 0 for a lone word. */
export function treeDepth(tree: LabelledTree): number {
  return foldTree<number>(tree, (_node, depths) =>
    depths.reduce((most, depth) => Math.max(most, depth + 1), 0),
  );
}

/** The same tree with other labels, `UNLABELLED` among them where a node is to have none. */
export function mapTreeLabels(
  tree: LabelledTree,
  label: (label: string, node: LabelledTree) => string,
): LabelledTree {
  return foldTree<LabelledTree>(tree, (node, children) =>
    rebuilt(label(node.label, node), node.word, children),
  );
}

/** Nodes with one child give way to that child, which takes the label of the topmost: both cover the same words. */
export function withoutUnary(tree: LabelledTree): LabelledTree {
  return foldTree<LabelledTree>(tree, (node, children) => {
    const [only] = children;
    if (only === undefined || children.length > 1) return rebuilt(node.label, node.word, children);
    return rebuilt(node.label === UNLABELLED ? only.label : node.label, only.word, only.children ?? []);
  });
}

/**
 * A tree whose nodes have two children at most. A node with more keeps its label and its first child; the others move,
 * pair by pair, below nodes without a label to its right: (a b c d) becomes (a (b (c d))).
 */
export function binarised(tree: LabelledTree): LabelledTree {
  return foldTree<LabelledTree>(tree, (node, children) => {
    if (children.length <= 2) return rebuilt(node.label, node.word, children);
    let rest = children.at(-1) as LabelledTree;
    for (let i = children.length - 2; i > 0; i--) {
      rest = { label: UNLABELLED, children: [children[i] as LabelledTree, rest] };
    }
    return { label: node.label, children: [children[0] as LabelledTree, rest] };
  });
}

/** Writes a tree as the Treebank does: `(3 (2 It) (4 works))`, with brackets in words as -LRB- and -RRB-. */
export function formatTree(tree: LabelledTree): string {
  return foldTree<string>(tree, ({ label, word }, children) =>
    word === undefined ? `(${label} ${children.join(" ")})` : `(${label} ${escapedWord(word)})`,
  );
}

/** Works out a value for each node from those of its children, from the words up. */
export function foldTree<Value>(
  tree: LabelledTree,
  combine: (node: LabelledTree, children: Value[]) => Value,
): Value {
  const values: Value[] = [];
  for (const node of postOrder(tree)) {
    const count = node.children?.length ?? 0;
    values.push(combine(node, values.splice(values.length - count, count)));
  }
  return values[0] as Value;
}

function rebuilt(label: string, word: string | undefined, children: readonly LabelledTree[]): LabelledTree {
  return word === undefined ? { label, children } : { label, word };
}

const ESCAPES: readonly (readonly [escaped: string, plain: string])[] = [
  ["-LRB-", "("],
  ["-RRB-", ")"],
  ["-LSB-", "["],
  ["-RSB-", "]"],
  ["-LCB-", "{"],
  ["-RCB-", "}"],
];

/** A word as the Treebank's files write it, turned back: brackets, and the slashes and stars after a backslash. */
export function unescapedWord(word: string): string {
  const bracket = ESCAPES.find(([escaped]) => escaped === word.toUpperCase());
  if (bracket !== undefined) return bracket[1];
  return word.includes("\\") ? word.replace(/\\([/*])/g, "$1") : word;
}

function escapedWord(word: string): string {
  return word
    .replace(/[()]/g, (bracket) => (bracket === "(" ? "-LRB-" : "-RRB-"))
    .replace(/[ \t\n\r]+/g, "\u00A0"); // a blank would end the word
}
