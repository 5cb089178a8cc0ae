import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type AlignedTranslation, Translator } from "@timestep/translation";

/** `predict`: the translation of each input line, in order. */
export async function* predictTranslation({ run, inputs }: PredictRequest): AsyncGenerator<Prediction> {
  const translator = await Translator.load(run);
  for await (const items of batched(inputs, 64)) {
    const texts = items.map(({ text }) => text);
    for (const said of await translator.translateAll(texts, { align: true })) {
      yield { json: asJson(said), text: said.translation };
    }
  }
  translator.dispose();
}

function asJson({ source, translation, score, nbest, alignment }: AlignedTranslation): object {
  return { source, translation, score, nbest, alignment };
}
