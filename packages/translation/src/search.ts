import type { Random } from "@timestep/base";
import {
  beamSearch,
  ensemble,
  greedySearch,
  type Hypothesis,
  sampleSequences,
  type StepModel,
} from "@timestep/core";
import { BOS, bucketBatches, EOS, PAD, UNK } from "@timestep/data";
import { sourceBatch, type TranslationModel } from "./model.js";
import type { TranslationSettings } from "./settings.js";

/** How translations are searched for. */
export interface SearchOptions extends Readonly<TranslationSettings["search"]> {
  /** Translations given for each source. */
  readonly nBest: number;
  /** Draw translations instead of searching for the most probable ones. */
  readonly sample: Sampling | undefined;
  /** Keep what each unit looked at. */
  readonly attention: boolean;
  /** Let the unknown unit be said; someone must then replace it. */
  readonly unknown: boolean;
}

/** How translations are drawn. */
export interface Sampling {
  /** Above 0; below 1 keeps to what is probable, above 1 strays from it. */
  readonly temperature: number;
  /** Draws from the fewest likeliest units that hold this share of the probability. Default 1: from all. */
  readonly topP?: number;
  readonly random: Random;
}

/** A model with the sources as its encoder reads them. */
export interface SearchMember {
  readonly model: TranslationModel;
  readonly sources: readonly (readonly number[])[];
}

/** Sources searched together, and units of them, padding included. */
const together = { batchSize: 100, maxTokens: 4000 };

/** Units that a translation may have beside those that its source allows it. */
const spare = 10;

/** Hypotheses for each source, best first. Several members answer together: their probabilities are averaged. */
export async function searchAll(
  members: readonly [SearchMember, ...SearchMember[]],
  options: SearchOptions,
): Promise<Hypothesis[][]> {
  const lengths = members[0].sources.map(({ length }) => length);
  const found: Hypothesis[][] = lengths.map(() => []);
  for (const places of bucketBatches(lengths, together)) {
    const searches = members.map(({ model, sources }) =>
      model.search(sourceBatch(places.map((place) => sources[place] as readonly number[]))),
    );
    try {
      const own = places.map((place) => lengths[place] as number);
      const [only] = searches;
      const hypotheses =
        searches.length === 1 && only !== undefined
          ? await searchBatch(only.model, only.state, own, options)
          : await searchBatch(
              ensemble(searches.map(({ model }) => model)),
              searches.map(({ state }) => state),
              own,
              options,
            );
      places.forEach((place, row) => (found[place] = hypotheses[row] as Hypothesis[]));
    } finally {
      for (const search of searches) search.dispose();
    }
  }
  return found;
}

async function searchBatch<State>(
  model: StepModel<State>,
  state: State,
  sourceLengths: readonly number[],
  { beam, nBest, sample, lengthPenalty, coveragePenalty, noRepeat, lengthRatio, ...how }: SearchOptions,
): Promise<Hypothesis[][]> {
  const options = {
    sentences: sourceLengths.length,
    begin: BOS,
    end: EOS,
    never: how.unknown ? [PAD, BOS] : [PAD, BOS, UNK],
    // The source's end is none of its units.
    maximumLength: (sentence: number) =>
      Math.ceil(lengthRatio * ((sourceLengths[sentence] as number) - 1)) + spare,
    noRepeat,
    sourceLengths,
    attention: how.attention,
  };
  if (sample !== undefined) {
    const drawn = await sampleSequences(model, state, { ...options, ...sample, samples: nBest });
    return drawn.map((own) => own.toSorted((a, b) => b.score - a.score));
  }
  if (beam === 1 && nBest === 1) return (await greedySearch(model, state, options)).map((best) => [best]);
  return beamSearch(model, state, {
    ...options,
    beam: Math.max(beam, nBest),
    nBest,
    lengthPenalty: { kind: "gnmt", alpha: lengthPenalty },
    coveragePenalty,
  });
}
