import { type AlignedTranslation, pharaoh } from "@timestep/translation";

/** What is printed of each translation. */
export interface LineOptions {
  /** Whether several translations of a line were asked for; each then stands on a line with its score before it. */
  readonly several: boolean;
  /** Whether the alignment, which is that of the best one, stands after it. */
  readonly alignment: boolean;
}

/** A translation as text: one line, or as many as there are hypotheses. */
export function linesOf(
  { translation, nbest, alignment }: Pick<AlignedTranslation, "translation" | "nbest" | "alignment">,
  options: LineOptions,
): string {
  const lines = options.several
    ? nbest.map(({ text, score }) => `${score.toFixed(3)}\t${text}`)
    : [translation];
  const [best, ...others] = lines;
  return [options.alignment ? `${best ?? ""}\t${pharaoh(alignment)}` : best, ...others].join("\n");
}
