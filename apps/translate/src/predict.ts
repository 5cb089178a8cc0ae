import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type AlignedTranslation } from "@timestep/translation";
import { outputOptions } from "./flags.js";
import { linesOf } from "./lines.js";
import { loadRuns } from "./load-runs.js";

/** `predict`: the translation of each input line, in order; an empty line gives an empty one. */
export async function* predictTranslation({
  runs,
  inputs,
  flags,
}: PredictRequest): AsyncGenerator<Prediction> {
  const { translator, others, dispose } = await loadRuns(runs);
  const options = { ...outputOptions(flags, [translator, ...others]), with: others };
  const shown = { several: (options.nBest ?? 1) > 1, alignment: flags["alignment"] === true };
  for await (const items of batched(inputs, 100)) {
    const texts = items.map(({ text }) => text);
    for (const said of await translator.translateAll(texts, options))
      yield { json: asJson(said), text: linesOf(said, shown) };
  }
  dispose();
}

function asJson({ source, translation, score, nbest, alignment }: AlignedTranslation): object {
  return { source, translation, score, nbest, alignment };
}
