import {
  type LabelledCorpus,
  type LabelledTree,
  mapTreeLabels,
  postOrder,
  readTreeCorpus,
  readLabelledCorpus,
  holdOut,
  type DataSource,
  type Split,
  tokenise,
  type Token,
  treeLabel,
  treeText,
  UNLABELLED,
  FIVE_LABELS,
  TWO_LABELS,
} from "@timestep/data";
import type { SentimentSettings } from "./settings.js";

/** A text to learn from or to be scored on. */
export interface SentimentExample {
  readonly text: string;
  /** {@link UNLABELLED} where only phrases of the text have a label. */
  readonly label: string;
  /** Its parse with a label at each node, where the data has one. */
  readonly tree?: LabelledTree;
  readonly where: { readonly file: string; readonly line: number };
}

/** A corpus of texts as read. */
export interface SentimentCorpus {
  readonly name: string;
  readonly format: LabelledCorpus["format"];
  readonly splits: Partial<Record<Split, SentimentExample[]>>;
  readonly labels: readonly string[];
  readonly checksums: Record<string, string>;
  readonly warnings: string[];
}

type ReaderSettings = Pick<
  SentimentSettings,
  "format" | "classes" | "labels" | "phrases" | "devShare" | "seed"
>;

/**
 * Reads labelled texts, or trees with a label at each node. Where there is no dev split, a share of the training
 * split is set aside for it, the same share of each label.
 *
 * @throws {DataError} what `readLabelledCorpus` and `readTreeCorpus` throw, with file and line.
 */
export async function readSentimentCorpus(
  source: DataSource,
  settings: ReaderSettings,
): Promise<SentimentCorpus> {
  const { format, classes, labels } = settings;
  const texts = await readLabelledCorpus(source, { format, treeLabels: classes, labels });
  const corpus = texts.format === "trees" ? await withTrees(source, texts, settings) : texts;
  return withDevSplit(corpus, settings);
}

/** Words of an example with their places in the text: as its tree cuts them, or as {@link tokenise} does. */
export function tokensOf({ text, tree }: Pick<SentimentExample, "text" | "tree">): readonly Token[] {
  return tree === undefined ? tokenise(text) : treeText(tree).tokens;
}

/** Every different labelled phrase of `minWords` words or more, and every labelled whole text. */
export function phrasesOf(examples: readonly SentimentExample[], minWords: number): SentimentExample[] {
  const found: SentimentExample[] = [];
  const seen = new Set<string>();
  for (const example of examples) {
    const { tree, where } = example;
    if (tree === undefined) {
      found.push(example);
      continue;
    }
    for (const node of postOrder(tree)) {
      if (node.label === UNLABELLED) continue;
      const { text, tokens } = treeText(node);
      const key = `${node.label}\t${tokens.map((token) => token.text).join("\t")}`;
      if ((tokens.length < minWords && node !== tree) || seen.has(key)) continue;
      seen.add(key);
      found.push({ text, label: node.label, tree: node, where });
    }
  }
  return found;
}

async function withTrees(
  source: DataSource,
  { labels, ...texts }: LabelledCorpus,
  { classes, phrases }: ReaderSettings,
): Promise<SentimentCorpus> {
  const read = await readTreeCorpus(source, { branching: "binary" });
  const splits: SentimentCorpus["splits"] = {};
  for (const [split, examples] of Object.entries(read.splits) as [Split, typeof read.splits.train][]) {
    splits[split] = (examples ?? []).flatMap(({ tree, where }) => {
      const named = mapTreeLabels(tree, (label) =>
        label === UNLABELLED ? UNLABELLED : (treeLabel(label, classes, where) ?? UNLABELLED),
      );
      const kept =
        named.label !== UNLABELLED ||
        (phrases && split === "train" && [...postOrder(named)].some(({ label }) => label !== UNLABELLED));
      return kept ? [{ text: treeText(named).text, label: named.label, tree: named, where }] : [];
    });
  }
  return { ...texts, splits, labels: labelsOf(splits, classes) ?? labels };
}

/** Every label of the trees, inner nodes included. */
function labelsOf(
  splits: SentimentCorpus["splits"],
  classes: ReaderSettings["classes"],
): readonly string[] | undefined {
  if (classes !== "read") return classes === "two" ? TWO_LABELS : FIVE_LABELS;
  const labels = new Set<string>();
  for (const { tree } of Object.values(splits).flat()) {
    if (tree !== undefined) for (const { label } of postOrder(tree)) labels.add(label);
  }
  labels.delete(UNLABELLED);
  return labels.size === 0 ? undefined : [...labels].sort();
}

function withDevSplit(corpus: SentimentCorpus, { devShare, seed }: ReaderSettings): SentimentCorpus {
  const { train, dev } = corpus.splits;
  if (dev !== undefined || train === undefined || train.length < 2) return corpus;
  const { kept, held } = holdOut(train, { share: devShare, seed });
  const labelled = held.filter(({ label }) => label !== UNLABELLED);
  const warning = `There is no dev split: ${held.length} of the ${train.length} training texts were set aside for it (devShare ${devShare}, seed ${seed}).`;
  return {
    ...corpus,
    splits: { ...corpus.splits, train: kept, dev: labelled },
    warnings: [...corpus.warnings, warning],
  };
}
