import { type Candidates, Frontier, pathStep, type Row } from "./frontier.js";
import type { Hypothesis, Path } from "./hypothesis.js";
import type { DecodingOptions } from "./options.js";
import type { StepModel } from "./step-model.js";

/** How a walk goes on: one of the candidates of a row, by its place among them. */
export interface Choice {
  /** How many candidates of a row are looked at, best first; Infinity for all, in the order of their ids. */
  readonly candidates: number;
  /** Called once a step for each live walk; there is at least one candidate. */
  readonly choose: (walk: number, candidates: Candidates) => number;
  /** Walks of each sentence. */
  readonly walks: number;
}

/**
 * Searches that never look back: `walks` sequences per sentence, each of which takes one token per step. Walk n of
 * sentence b is number b·walks + n. Gives one hypothesis per walk, in that order; its score is its log probability.
 */
export async function walk<State>(
  model: StepModel<State>,
  initial: State,
  options: DecodingOptions,
  { candidates, choose, walks }: Choice,
): Promise<Hypothesis[]> {
  const frontier = new Frontier(model, initial, options);
  const paths = frontier.rows.flatMap(({ path }) => Array<Path>(walks).fill(path));
  const finished = new Array<boolean>(paths.length).fill(false);
  // Number of the walk in each row.
  let live = paths.map((_, number) => number);
  const sentenceOf = (number: number): number => Math.floor(number / walks);
  const rowOf = (number: number): Row => ({ sentence: sentenceOf(number), path: paths[number] as Path });
  try {
    frontier.advance(live.map(rowOf), live.map(sentenceOf));
    for (let step = 1; live.length > 0; step++) {
      const scores = await frontier.step(candidates, options.attention ?? false);
      const parents: number[] = [];
      live = live.filter((number, row) => {
        const offered = scores.candidates(row, candidates);
        if (offered.tokens.length === 0) return false;
        const choice = choose(number, offered);
        const token = offered.tokens[choice] as number;
        const path = paths[number] as Path;
        const ends = token === options.end;
        const maximum = frontier.limits[sentenceOf(number)]?.maximum;
        if (!ends && path.length === maximum) return false;
        const logProbability = offered.logProbabilities[choice] as number;
        paths[number] = path.extended(pathStep(scores, row, token, logProbability), false);
        finished[number] = ends;
        if (!ends) parents.push(row);
        return !ends;
      });
      frontier.advance(live.map(rowOf), parents);
      const going = new Set(live.map(sentenceOf)).size;
      const best = (sentence: number): readonly number[] => shown(paths, finished, sentence * walks);
      const progress = { step, rows: live.length, done: options.sentences - going, best };
      if ((await options.onStep?.(progress)) === false) break;
    }
  } finally {
    frontier.dispose();
  }
  return paths.map((path, number) =>
    path.hypothesis({
      score: path.logProbability,
      finished: finished[number] as boolean,
      attention: options.attention ?? false,
    }),
  );
}

function shown(paths: readonly Path[], finished: readonly boolean[], number: number): readonly number[] {
  const tokens = paths[number]?.tokens() ?? [];
  return finished[number] === true ? tokens.slice(0, -1) : tokens;
}
