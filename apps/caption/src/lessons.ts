import {
  type CaptionCorpus,
  type CaptioningSettings,
  type CaptionExample,
  type CaptionLessons,
} from "@timestep/captioning";
import { lookAt, readCaptionCorpus } from "@timestep/captioning/pictures";
import { type ProgressReporter } from "@timestep/cli-kit";
import { type DataSource } from "@timestep/data";
import { type FeatureSource } from "./network.js";

/** Reads a corpus with the settings of a run, in the format that the command line names. */
export function readCorpus(
  data: DataSource,
  { corpus, seed, format: ownFormat }: CaptioningSettings,
  format: string | undefined = ownFormat,
): Promise<CaptionCorpus> {
  const { missing, devShare, testShare } = corpus;
  return readCaptionCorpus(data, {
    format: format as CaptioningSettings["format"],
    missing,
    devShare,
    testShare,
    seed,
  });
}

/** The pictures of a split with their captions, and what was left out. */
export interface SplitLessons extends CaptionLessons {
  /** In the order of the rows. */
  readonly examples: readonly CaptionExample[];
  readonly warnings: readonly string[];
}

/** Looks at the pictures of a split; with `meansOnly` no closer than is needed to find the most alike. */
export async function lessonsOf(
  examples: readonly CaptionExample[],
  settings: CaptioningSettings,
  features: FeatureSource | undefined,
  progress: ProgressReporter,
  { meansOnly = false }: { readonly meansOnly?: boolean } = {},
): Promise<SplitLessons> {
  progress.stage("pictures", examples.length);
  const { pictures, placeOf, skipped } = await lookAt(
    examples.map(({ image }) => image),
    {
      settings,
      features,
      meansOnly,
      unreadable: settings.corpus.unreadable,
      onProgress: ({ done }) => {
        progress.step(done);
      },
    },
  );
  progress.end();
  const seen = placeOf.map((place) => examples[place] as CaptionExample);
  const named = skipped.slice(0, 3).map(({ name, error }) => `${name} (${error.code})`);
  const more = skipped.length > named.length ? ` and ${skipped.length - named.length} more` : "";
  return {
    pictures,
    captions: seen.map(({ captions }) => captions),
    names: seen.map(({ name }) => name),
    examples: seen,
    warnings:
      skipped.length === 0 ? [] : [`${skipped.length} pictures cannot be read: ${named.join(", ")}${more}.`],
  };
}
