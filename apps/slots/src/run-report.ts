import { type TaggedExample, tagSpans } from "@timestep/data";
import { confusionMatrix } from "@timestep/metrics";
import { type SlotTagger } from "@timestep/slot-filling";
import { type EvaluationRecord } from "@timestep/training";
import { heatMap, type ReportSection, reportHtml } from "@timestep/training/report";
import { scoreSplit } from "./scoring.js";

/** Sentences shown among the worst. */
const shownSentences = 30;

/** `report.html` of a run: curves, scores by type, which types are taken for which, the worst sentences. */
export async function runReport(
  tagger: SlotTagger,
  dev: readonly TaggedExample[],
  history: readonly EvaluationRecord[],
): Promise<string> {
  const { scores, baseline, tables, notes } = await scoreSplit(tagger, dev);
  const frames = (await tagger.framesAsync(dev)).map(({ tags }) => tags);
  const scoreRows = Object.entries(scores.metrics).map(([name, value]) => [
    name,
    value,
    baseline.metrics[name] ?? "",
  ]);
  const sections: ReportSection[] = [
    {
      title: "Dev split",
      text: [`Scored as ${scores.signature}. Baseline: ${baseline.name}.`, ...notes].join("\n"),
      table: { columns: ["score", "model", "baseline"], rows: scoreRows },
    },
    ...tables.map(({ columns, rows }) => ({
      title: "By type",
      table: { columns, rows: rows.map((row) => row.map((cell) => cell ?? "")) },
    })),
    confusions(dev, frames),
    worstSentences(dev, frames),
  ];
  return reportHtml({ title: "Slot filling", config: tagger.settings, history, sections });
}

/** Token by token, for the types that are mistaken most often. */
function confusions(dev: readonly TaggedExample[], predicted: readonly (readonly string[])[]): ReportSection {
  const type = (tag: string): string => (tag === "O" ? "O" : tag.slice(2));
  const pairs = dev.flatMap(({ tags }, row) =>
    tags.map((tag, step) => [type(tag), type(predicted[row]?.[step] ?? "O")] as const),
  );
  const mistakes = new Map<string, number>();
  for (const [gold, said] of pairs) {
    if (gold !== said) for (const name of [gold, said]) mistakes.set(name, (mistakes.get(name) ?? 0) + 1);
  }
  const shown = [...mistakes]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 15)
    .map(([name]) => name);
  if (shown.length === 0) return { title: "Mistaken types", text: "No token has a wrong type." };
  const wrong = pairs.filter(([gold, said]) => gold !== said && shown.includes(gold) && shown.includes(said));
  if (wrong.length === 0)
    return { title: "Mistaken types", text: "No two frequent types are mistaken for each other." };
  const matrix = confusionMatrix(
    wrong.map(([gold]) => gold),
    wrong.map(([, said]) => said),
  );
  return {
    title: "Mistaken types",
    text: "Tokens whose type is wrong: row the gold type, column the predicted one; the 15 most mistaken.",
    svg: heatMap({ title: "", rows: matrix.labels, columns: matrix.labels, values: matrix.counts }),
  };
}

function worstSentences(
  dev: readonly TaggedExample[],
  predicted: readonly (readonly string[])[],
): ReportSection {
  const wrong = dev
    .map(({ tokens, tags, origin }, row) => {
      const said = predicted[row] ?? [];
      const errors = tags.filter((tag, step) => tag !== said[step]).length;
      return {
        errors,
        cells: [`${origin.file}:${origin.line}`, errors, marked(tokens, tags), marked(tokens, said)],
      };
    })
    .filter(({ errors }) => errors > 0)
    .sort((a, b) => b.errors - a.errors);
  return {
    title: "Worst sentences",
    text: `${wrong.length} of ${dev.length} sentences have a wrong tag.`,
    table: {
      columns: ["from", "wrong tags", "gold", "predicted"],
      rows: wrong.slice(0, shownSentences).map(({ cells }) => cells),
    },
  };
}

/** `fly to [destination Boston]` */
function marked(tokens: readonly string[], tags: readonly string[]): string {
  const words = [...tokens];
  for (const { type, start, end } of tagSpans(tags)) {
    words[start] = `[${type} ${words[start] ?? ""}`;
    words[end - 1] = `${words[end - 1] ?? ""}]`;
  }
  return words.join(" ");
}
