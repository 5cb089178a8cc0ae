import { type Report, type Table } from "@timestep/cli-kit";
import { type TaggedExample } from "@timestep/data";
import { baselineFrame, scoreFrames, type SlotScores, type SlotTagger } from "@timestep/slot-filling";

/** A tagger's scores on a split with those of the majority baseline, ready to print. */
export interface ScoredSplit {
  readonly scores: SlotScores;
  readonly baseline: NonNullable<Report["baseline"]>;
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
}

/** Scores one split. */
export async function scoreSplit(
  tagger: SlotTagger,
  examples: readonly TaggedExample[],
): Promise<ScoredSplit> {
  const scores = await tagger.evaluateAsync(examples);
  const majority = scoreFrames(
    examples,
    examples.map(({ tokens }) => baselineFrame(tokens, tagger.baseline)),
  );
  return {
    scores,
    baseline: { name: "most frequent tag of each word, most frequent intent", metrics: majority.metrics },
    tables: [typeTable(scores)],
    notes: notesOn(tagger, examples),
  };
}

function typeTable({ chunks }: SlotScores): Table {
  const rows = [...chunks.types].map(([type, counts]) => [
    type,
    counts.precision,
    counts.recall,
    counts.f1,
    counts.gold,
    counts.predicted,
  ]);
  return { title: "by type", columns: ["type", "precision", "recall", "F1", "gold", "found"], rows };
}

/** What caps a score or changes its meaning. */
function notesOn({ vocabulary, settings }: SlotTagger, examples: readonly TaggedExample[]): string[] {
  const notes: string[] = [];
  if (settings.trainOnDev)
    notes.push("The dev split was trained on: its scores say nothing about other text.");
  const unknownTag = examples.filter(({ tags }) =>
    tags.some((tag) => !knowsTag(vocabulary.tags.labels, tag)),
  ).length;
  if (unknownTag > 0)
    notes.push(`${unknownTag} sentences have a tag that training does not: they cannot be all right.`);
  if (vocabulary.intents === undefined) return notes;
  const intents = vocabulary.intents;
  const unknownIntent = examples.filter(({ intent }) => intent !== undefined && !intents.has(intent)).length;
  if (unknownIntent > 0) notes.push(`${unknownIntent} sentences have an intent that training does not.`);
  if (examples.some(({ intent }) => intent?.includes("#"))) {
    notes.push(
      "An intent such as a#b is one label: it is right only when predicted exactly, not when a or b is.",
    );
  }
  return notes;
}

/** A BIO tag is known when the BIOES set has its type at all. */
function knowsTag(labels: readonly string[], tag: string): boolean {
  return tag === "O" || labels.some((label) => label.slice(2) === tag.slice(2));
}
