import { DataError } from "@timestep/base";
import { type LabelledText, place, shown } from "./labelled.js";
import { postOrder } from "./labelled-tree.js";
import { type TreeExample } from "./read-trees.js";
import { treeText } from "./tree-text.js";

/**
 * What becomes of the labels 0 to 4 of the Stanford Sentiment Treebank: `two` makes 0 and 1 negative, 3 and 4 positive
 * and drops 2 (the task called SST-2), `five` names all of them (SST-5), `read` leaves any label as it is.
 */
export type TreeLabels = "two" | "five" | "read";

/** The names of the labels 0 to 4. */
export const FIVE_LABELS: readonly string[] = [
  "very negative",
  "negative",
  "neutral",
  "positive",
  "very positive",
];
export const TWO_LABELS: readonly string[] = ["negative", "positive"];

/**
 * The label of a node under one of the readings; undefined where the reading drops it.
 *
 * @throws {DataError} LABELLED_LABEL with file and line when `two` or `five` meets a label outside 0 to 4.
 */
export function treeLabel(
  label: string,
  labels: TreeLabels,
  where: TreeExample["where"],
): string | undefined {
  if (labels === "read") return label;
  if (!/^[0-4]$/.test(label)) {
    throw new DataError(
      "LABELLED_LABEL",
      `${place(where)}: the label ${shown(label)} is none of 0, 1, 2, 3, 4.`,
      {
        hint: 'Classes "two" and "five" are for trees labelled 0 to 4; read others with their own labels.',
      },
    );
  }
  if (labels === "five") return FIVE_LABELS[Number(label)];
  return label === "2" ? undefined : TWO_LABELS[Number(label) < 2 ? 0 : 1];
}

/** Trees as labelled texts: one for each root, or for each different phrase with its label. */
export interface TreeTexts {
  readonly texts: LabelledText[];
  /** How many roots or phrases the reading of the labels dropped. */
  readonly dropped: number;
}

/**
 * Takes the texts of trees. With `phrases` every node counts that covers different words or has another label, roots
 * included; else the roots alone.
 *
 * @throws {DataError} LABELLED_LABEL
 */
export function textsOfTrees(
  examples: readonly TreeExample[],
  labels: TreeLabels,
  phrases: boolean,
): TreeTexts {
  const texts: LabelledText[] = [];
  const seen = new Set<string>();
  let dropped = 0;
  for (const { tree, where } of examples) {
    for (const node of phrases ? postOrder(tree) : [tree]) {
      const label = treeLabel(node.label, labels, where);
      if (label === undefined) {
        dropped++;
        continue;
      }
      const { text, tokens } = treeText(node);
      if (phrases) {
        const key = `${label}\t${text}`;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      texts.push({ text, label, where, tokens: tokens.map((token) => token.text) });
    }
  }
  return { texts, dropped };
}
