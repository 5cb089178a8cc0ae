import { type Random } from "@timestep/base";
import {
  beamSearch,
  ensemble,
  greedySearch,
  type Hypothesis,
  sampleSequences,
  type StepModel,
} from "@timestep/core";
import { BOS, EOS } from "@timestep/data";
import { type PictureTable } from "./features/picture-table.js";
import { type CaptionModel } from "./model.js";
import { type CaptioningSettings } from "./settings.js";
import { type CaptionVocabulary } from "./vocabulary.js";

/** How captions are searched for. */
export interface SearchOptions extends Readonly<CaptioningSettings["search"]> {
  /** Captions given for each picture. */
  readonly nBest: number;
  /** Draw captions instead of searching for the most probable ones. */
  readonly sample: Sampling | undefined;
  /** Keep what each word looked at. */
  readonly attention: boolean;
}

/** How captions are drawn. */
export interface Sampling {
  /** Above 0; below 1 keeps to what is probable, above 1 strays from it. */
  readonly temperature: number;
  /** Draws from the fewest likeliest words that hold this share of the probability. Default 1: from all. */
  readonly topP?: number;
  readonly random: Random;
}

/** A model with the pictures as it takes them. */
export interface SearchMember {
  readonly model: CaptionModel;
  readonly pictures: PictureTable;
}

/** Pictures searched together. */
const together = 50;

/** Hypotheses for each of some pictures, best first. Several members answer together: their probabilities are averaged. */
export async function searchCaptions(
  members: readonly [SearchMember, ...SearchMember[]],
  rows: readonly number[],
  vocabulary: CaptionVocabulary,
  maxWords: number,
  options: SearchOptions,
): Promise<Hypothesis[][]> {
  const found: Hypothesis[][] = [];
  for (let from = 0; from < rows.length; from += together) {
    const own = rows.slice(from, from + together);
    const searches = members.map(({ model, pictures }) =>
      model.search({ count: own.length, values: pictures.gridsOf(own) }),
    );
    const limits = { sentences: own.length, maximumLength: maxWords };
    try {
      const [only] = searches;
      found.push(
        ...(searches.length === 1 && only !== undefined
          ? await searchBatch(only.model, only.state, vocabulary, limits, options)
          : await searchBatch(
              ensemble(searches.map(({ model }) => model)),
              searches.map(({ state }) => state),
              vocabulary,
              limits,
              options,
            )),
      );
    } finally {
      for (const search of searches) search.dispose();
    }
  }
  if (!options.noDangling) return found;
  return found.map((own) => own.map((hypothesis) => backToAnEnd(hypothesis, vocabulary)));
}

/** A caption that was cut at its greatest length, back to a word on which it may end. */
function backToAnEnd(hypothesis: Hypothesis, vocabulary: CaptionVocabulary): Hypothesis {
  const { tokens, tokenLogProbabilities, attention, finished } = hypothesis;
  let words = tokens.length;
  if (finished) return hypothesis;
  while (words > 1 && vocabulary.dangles(tokens[words - 1] as number)) words--;
  return {
    ...hypothesis,
    tokens: tokens.slice(0, words),
    tokenLogProbabilities: tokenLogProbabilities.slice(0, words),
    attention: attention?.slice(0, words),
  };
}

async function searchBatch<State>(
  model: StepModel<State>,
  state: State,
  vocabulary: CaptionVocabulary,
  limits: { readonly sentences: number; readonly maximumLength: number },
  { beam, nBest, sample, groups, diversity, lengthPenalty, noRepeat, noDangling, attention }: SearchOptions,
): Promise<Hypothesis[][]> {
  const options = {
    ...limits,
    begin: BOS,
    end: EOS,
    never: vocabulary.never,
    minimumLength: 1,
    noRepeat,
    ...(noDangling ? { noEndAfter: (token: number) => vocabulary.dangles(token) } : {}),
    attention,
  };
  if (sample !== undefined) {
    const drawn = await sampleSequences(model, state, { ...options, ...sample, samples: nBest });
    return drawn.map((own) => own.toSorted((a, b) => b.score - a.score));
  }
  if (beam === 1 && nBest === 1) return (await greedySearch(model, state, options)).map((best) => [best]);
  const width = Math.max(beam, nBest);
  return beamSearch(model, state, {
    ...options,
    // A beam parts into its groups without a rest.
    beam: Math.ceil(width / groups) * groups,
    groups,
    diversity,
    nBest,
    lengthPenalty: { kind: "gnmt", alpha: lengthPenalty },
  });
}
