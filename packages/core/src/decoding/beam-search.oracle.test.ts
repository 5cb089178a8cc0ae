import { startEngine } from "@timestep/engine";
import { describe, expect, it } from "vitest";
import { beamSearch, type BeamSearchOptions } from "./beam-search.js";
import { begin, end, exhaustive, expectSame, keepsRules, scoreOf, ToyModel } from "./decoding.fixture.js";
import { greedySearch } from "./greedy-search.js";
import type { LengthPenalty } from "./penalties.js";
import { followPrefix } from "./rules.js";

await startEngine({ engine: "cpu" });

const sourceLengths = [3, 1, 4];
const base: BeamSearchOptions = { sentences: 3, begin, end, maximumLength: 4, never: [begin], sourceLengths };

const penalties: Record<string, Partial<BeamSearchOptions>> = {
  "no penalty": {},
  "gnmt 0.6": { lengthPenalty: { kind: "gnmt", alpha: 0.6 } },
  "gnmt 3": { lengthPenalty: { kind: "gnmt", alpha: 3 } },
  "gnmt -1": { lengthPenalty: { kind: "gnmt", alpha: -1 } },
  average: { lengthPenalty: { kind: "average" } },
  "reward 0.9": { lengthPenalty: { kind: "reward", perToken: 0.9 } },
  "reward -0.4": { lengthPenalty: { kind: "reward", perToken: -0.4 } },
  "coverage 0.3": { coveragePenalty: 0.3 },
  "gnmt 0.8 and coverage 0.2": { lengthPenalty: { kind: "gnmt", alpha: 0.8 }, coveragePenalty: 0.2 },
};

const rules: Record<string, Partial<BeamSearchOptions>> = {
  "nothing else": {},
  "at least 2 tokens": { minimumLength: 2 },
  "lengths by sentence": { minimumLength: (b) => b, maximumLength: (b) => 2 + b },
  "no token twice": { noRepeat: 1 },
  "no pair twice": { noRepeat: 2 },
  "no end after 2": { noEndAfter: (token) => token === 2 },
  "never 3": { never: [begin, 3] },
  "a prefix": { constrain: followPrefix((sentence) => [3, 2].slice(0, sentence)) },
  "2 is followed by 4": {
    constrain: ({ tokens }) => (tokens.at(-1) === 2 ? { only: [4] } : { not: [tokens.length % 5] }),
  },
};

describe("a beam as wide as the space", () => {
  const cases = Object.keys(penalties).flatMap((penalty) =>
    Object.keys(rules).map((rule) => [penalty, rule]),
  );

  it.each(cases)("finds what trying all sequences finds: %s, %s", async (penalty, rule) => {
    const options = {
      ...base,
      ...penalties[penalty as string],
      ...rules[rule as string],
      nBest: 7,
      beam: 2000,
    };
    const model = new ToyModel(
      cases.findIndex(([a, b]) => a === penalty && b === rule),
      5,
      { sourceLengths },
    );
    const found = await beamSearch(model, model.start(3), options);
    for (const [sentence, hypotheses] of found.entries()) {
      const finished = hypotheses.filter((hypothesis) => hypothesis.finished);
      expectSame(finished, exhaustive(model, sentence, options));
      expect(finished.length).toBeGreaterThan(0);
    }
  });
});

/** A beam that goes on to the maximum length whatever it has found. */
function plainBeam(
  model: ToyModel,
  sentence: number,
  options: BeamSearchOptions,
): { tokens: number[]; score: number }[] {
  const finished: { tokens: number[]; score: number }[] = [];
  let open: { tokens: number[]; sum: number }[] = [{ tokens: [], sum: 0 }];
  for (let length = 0; length <= (options.maximumLength as number); length++) {
    const all = open.flatMap(({ tokens, sum }) =>
      model
        .logProbabilities(sentence, [begin, ...tokens])
        .map((value, token) => ({ tokens: [...tokens, token], sum: sum + value })),
    );
    const allowed = all.filter(({ tokens }) =>
      tokens.at(-1) === end
        ? keepsRules(sentence, tokens.slice(0, -1), options)
        : keepsRules(sentence, tokens, { ...options, minimumLength: 0, maximumLength: 99 }),
    );
    const taken = allowed.sort((a, b) => b.sum - a.sum).slice(0, options.beam);
    for (const { tokens } of taken.filter((each) => each.tokens.at(-1) === end)) {
      const shown = tokens.slice(0, -1);
      finished.push({ tokens: shown, score: scoreOf(model, sentence, shown, options) });
    }
    open = taken.filter(({ tokens }) => tokens.at(-1) !== end);
  }
  return finished.sort((a, b) => b.score - a.score).slice(0, options.nBest);
}

describe("the proof that a sentence is done", () => {
  it.each(Object.keys(penalties))("changes nothing that is found: %s", async (penalty) => {
    for (let seed = 0; seed < 12; seed++) {
      const beam = 1 + (seed % 4);
      const nBest = 1 + (seed % Math.min(beam, 2));
      const options = { ...base, maximumLength: 9, ...penalties[penalty], beam, nBest, noRepeat: seed % 3 };
      const model = new ToyModel(seed, 5, { sourceLengths });
      const found = await beamSearch(model, model.start(3), options);
      for (const [sentence, hypotheses] of found.entries()) {
        const finished = hypotheses.filter((hypothesis) => hypothesis.finished);
        expectSame(finished, plainBeam(model, sentence, options));
      }
    }
  });

  it("spares steps", async () => {
    const options = { ...base, maximumLength: 40, beam: 3 };
    const steps = async (lengthPenalty: LengthPenalty): Promise<number> => {
      const model = new ToyModel(5, 5);
      await beamSearch(model, model.start(3), { ...options, lengthPenalty });
      return model.calls.length;
    };
    expect(await steps({ kind: "none" })).toBeLessThan(20);
    // An average over 41 steps could still beat everything that ends early.
    expect(await steps({ kind: "average" })).toBeGreaterThan(await steps({ kind: "none" }));
  });
});

describe("a beam of 1", () => {
  it.each(Object.keys(rules))("is greedy search: %s", async (rule) => {
    for (let seed = 0; seed < 10; seed++) {
      const options = { ...base, maximumLength: 6, ...rules[rule], attention: true };
      const model = new ToyModel(seed, 6, { sourceLengths });
      const [greedy, beam] = [
        await greedySearch(model, model.start(3), options),
        await beamSearch(model, model.start(3), { ...options, beam: 1 }),
      ];
      expect(beam.map(([best]) => best)).toEqual(greedy);
    }
  });
});
