import type { TranslationModelSettings } from "./settings.js";
import type { Sides } from "./units/index.js";

/** At least so many numbers are the weights of the model that the settings describe. */
export function leastModelValues(
  { source, target }: Sides,
  { embedding, encoder, decoder, attention }: TranslationModelSettings,
): number {
  const vectors = source.segmenter.size + (embedding.tied === "all" ? 0 : target.segmenter.size);
  const compared = attention.kind === "additive" || attention.kind === "location" ? attention.size : 0;
  return (
    vectors * embedding.size +
    encoder.layers * encoder.hiddenSize ** 2 +
    decoder.layers * decoder.hiddenSize ** 2 +
    compared
  );
}
