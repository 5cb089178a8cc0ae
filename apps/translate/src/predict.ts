import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type AlignedTranslation, pharaoh } from "@timestep/translation";
import { outputOptions } from "./flags.js";
import { loadRuns } from "./load-runs.js";

/** `predict`: the translation of each input line, in order; an empty line gives an empty one. */
export async function* predictTranslation({
  runs,
  inputs,
  flags,
}: PredictRequest): AsyncGenerator<Prediction> {
  const { translator, others, dispose } = await loadRuns(runs);
  const options = { ...outputOptions(flags, translator), with: others };
  const shown = flags["alignment"] === true ? withAlignment : withoutAlignment;
  for await (const items of batched(inputs, 100)) {
    const texts = items.map(({ text }) => text);
    for (const said of await translator.translateAll(texts, options))
      yield { json: asJson(said), text: shown(said) };
  }
  dispose();
}

function asJson({ source, translation, score, nbest, alignment }: AlignedTranslation): object {
  return { source, translation, score, nbest, alignment };
}

/** The translation; where several were asked for, each on a line with its score before it. */
function withoutAlignment({ nbest, translation }: AlignedTranslation): string {
  if (nbest.length < 2) return translation;
  return nbest.map(({ text, score }) => `${score.toFixed(3)}\t${text}`).join("\n");
}

function withAlignment(said: AlignedTranslation): string {
  return `${withoutAlignment(said)}\t${pharaoh(said.alignment)}`;
}
