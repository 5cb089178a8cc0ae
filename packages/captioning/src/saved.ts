import { DataError } from "@timestep/base";
import { z } from "zod";
import { type CaptioningSettings } from "./settings.js";
import { CaptionVocabulary } from "./vocabulary.js";

/** What pictures a captioner takes. */
export interface PictureKind {
  /** Height, width, channels of a grid. */
  readonly shape: readonly [number, number, number];
  /** Fingerprint of the network that made it; undefined for pixels. */
  readonly network: string | undefined;
}

const side = z.number().int().min(1).max(4096);
const schema = z.object({
  formatVersion: z.literal(1),
  pictures: z.object({ shape: z.tuple([side, side, side]), network: z.string().optional() }),
  vocabulary: z.unknown(),
});

/** What a run keeps beside its settings and weights. */
export function savedToJson(vocabulary: CaptionVocabulary, pictures: PictureKind): object {
  return { formatVersion: 1, pictures, vocabulary };
}

/** @throws {DataError} VOCAB_FORMAT, SEGMENT_FORMAT when `value` is not what {@link savedToJson} gave. */
export function savedFromJson(
  value: unknown,
  { text }: CaptioningSettings,
): { readonly vocabulary: CaptionVocabulary; readonly pictures: PictureKind } {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new DataError("VOCAB_FORMAT", "this is no vocabulary of a captioner.", {
      cause: parsed.error,
      hint: "Use the file that was saved beside the model.",
    });
  }
  const { pictures, vocabulary } = parsed.data;
  return {
    vocabulary: CaptionVocabulary.fromJSON(vocabulary, text),
    pictures: { shape: pictures.shape, network: pictures.network },
  };
}

/** At least so many numbers are the weights of the model that the settings describe. */
export function leastModelValues(
  vocabulary: CaptionVocabulary,
  { shape }: PictureKind,
  { model, picture }: CaptioningSettings,
): number {
  const channels = picture.encoder === "trained" ? (picture.channels.at(-1) as number) : shape[2];
  const layers = picture.encoder === "trained" ? picture.channels.length : 0;
  const places = picture.positions ? (shape[0] * shape[1]) / 4 ** layers : 0;
  const size = picture.size === 0 ? channels : picture.size;
  return (
    vocabulary.size * model.embedding +
    model.layers * model.hiddenSize ** 2 +
    channels * picture.size +
    Math.floor(places) * size
  );
}
