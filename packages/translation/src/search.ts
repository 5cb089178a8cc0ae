import { beamSearch, greedySearch, type Hypothesis, type TokenSearch } from "@timestep/core";
import { BOS, bucketBatches, EOS, PAD, UNK } from "@timestep/data";
import { sourceBatch, type TranslationModel } from "./model.js";
import type { TranslationSettings } from "./settings.js";

/** How translations are searched for. */
export interface SearchOptions extends Readonly<TranslationSettings["search"]> {
  /** Translations given for each source. */
  readonly nBest: number;
  /** Keep what each unit looked at. */
  readonly attention: boolean;
  /** Let the unknown unit be said; someone must then replace it. */
  readonly unknown: boolean;
}

/** Sources searched together, and units of them, padding included. */
const together = { batchSize: 100, maxTokens: 4000 };

/** Units that a translation may have beside those that its source allows it. */
const spare = 10;

/** Hypotheses for each source, best first. The sources are as the encoder reads them. */
export async function searchAll(
  model: TranslationModel,
  sources: readonly (readonly number[])[],
  options: SearchOptions,
): Promise<Hypothesis[][]> {
  const found: Hypothesis[][] = sources.map(() => []);
  for (const places of bucketBatches(
    sources.map(({ length }) => length),
    together,
  )) {
    const rows = places.map((place) => sources[place] as readonly number[]);
    const search = model.search(sourceBatch(rows));
    try {
      const hypotheses = await searchBatch(
        search,
        rows.map(({ length }) => length),
        options,
      );
      places.forEach((place, row) => (found[place] = hypotheses[row] as Hypothesis[]));
    } finally {
      search.dispose();
    }
  }
  return found;
}

async function searchBatch(
  { model, state }: TokenSearch,
  sourceLengths: readonly number[],
  { beam, nBest, lengthPenalty, coveragePenalty, noRepeat, lengthRatio, attention, unknown }: SearchOptions,
): Promise<Hypothesis[][]> {
  const options = {
    sentences: sourceLengths.length,
    begin: BOS,
    end: EOS,
    never: unknown ? [PAD, BOS] : [PAD, BOS, UNK],
    // The source's end is none of its units.
    maximumLength: (sentence: number) =>
      Math.ceil(lengthRatio * ((sourceLengths[sentence] as number) - 1)) + spare,
    noRepeat,
    sourceLengths,
    attention,
  };
  if (beam === 1 && nBest === 1) return (await greedySearch(model, state, options)).map((best) => [best]);
  return beamSearch(model, state, {
    ...options,
    beam: Math.max(beam, nBest),
    nBest,
    lengthPenalty: { kind: "gnmt", alpha: lengthPenalty },
    coveragePenalty,
    patience: 1, // beyond it a hypothesis that still wins is rare, and the search is far longer
  });
}
