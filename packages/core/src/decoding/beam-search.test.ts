import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { tensor2d, type Tensor2D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { beamSearch, type BeamSearchOptions } from "./beam-search.js";
import { begin, end, expectSame, tokenScores, ToyModel, type ToyState } from "./decoding.fixture.js";
import { greedySearch } from "./greedy-search.js";
import type { DecodingProgress } from "./options.js";
import type { Step, StepModel } from "./step-model.js";

await startEngine({ engine: "cpu" });

const sourceLengths = [3, 1, 4];
const base: BeamSearchOptions = { sentences: 3, begin, end, maximumLength: 8, never: [begin] };

/** A model of four tokens whose probabilities depend on the last token alone, one list for each. */
function chain(table: Readonly<Record<number, readonly number[]>>): StepModel<null> {
  return {
    vocabularySize: 4,
    step: (tokens): Step<null> => {
      const rows = Array.from(tokens, (token) => (table[token] ?? [0, 1, 0, 0]).map(Math.log));
      return { logits: tensor2d(rows.flat(), [tokens.length, 4]), state: null };
    },
    select: () => null,
    dispose: () => undefined,
  };
}

describe("beamSearch", () => {
  it("finds what greedy search walks past", async () => {
    // Greedy: 2 (0.6), then at best 0.35: 0.21. The other way: 3 (0.4), then the end for certain: 0.4.
    const model = chain({ 0: [0, 0, 0.6, 0.4], 2: [0, 0.35, 0.33, 0.32], 3: [0, 1, 0, 0] });
    const options = { ...base, sentences: 1, maximumLength: 1 };
    const [greedy] = await greedySearch(model, null, options);
    const [[first, second] = []] = await beamSearch(model, null, { ...options, beam: 2, nBest: 2 });
    expect([greedy?.tokens, first?.tokens, second?.tokens]).toEqual([[2], [3], [2]]);
    expectClose(
      [greedy?.score, first?.score, second?.score].map(Number),
      [0.21, 0.4, 0.21].map(Math.log),
      1e-5,
    );
  });

  it("takes in what the length penalty makes of scores", async () => {
    // The end at once: 0.5. Two tokens and the end: 0.5·0.8·0.9 = 0.36, but √[3]0.36 = 0.71 a step.
    const model = chain({ 0: [0, 0.5, 0.5, 0], 2: [0, 0.2, 0, 0.8], 3: [0, 0.9, 0.1, 0] });
    const best = async (lengthPenalty: BeamSearchOptions["lengthPenalty"]): Promise<readonly number[]> => {
      const options = { ...base, sentences: 1, beam: 3, ...(lengthPenalty && { lengthPenalty }) };
      const [[first] = []] = await beamSearch(model, null, options);
      return first?.tokens ?? [];
    };
    expect(await best(undefined)).toEqual([]);
    expect(await best({ kind: "average" })).toEqual([2, 3]);
    expect(await best({ kind: "reward", perToken: 0.2 })).toEqual([2, 3]);
  });

  it("tells what it knows of a hypothesis", async () => {
    const model = new ToyModel(3, 6, { sourceLengths });
    const options = { ...base, sourceLengths, attention: true, beam: 3, nBest: 3, minimumLength: 2 };
    for (const [sentence, hypotheses] of (await beamSearch(model, model.start(3), options)).entries()) {
      for (const hypothesis of hypotheses.filter(({ finished }) => finished)) {
        const { tokens, tokenLogProbabilities, logProbability, attention } = hypothesis;
        expectClose(tokenLogProbabilities, tokenScores(model, sentence, tokens), 1e-5);
        expect(logProbability).toBeCloseTo(
          tokenLogProbabilities.reduce((a, b) => a + b, 0),
          10,
        );
        const weights = tokens.map((_, t) => model.weights(sentence, [begin, ...tokens.slice(0, t)]));
        expect(attention?.map((row) => [...row])).toEqual(weights);
      }
    }
  });

  it("keeps attention only when asked", async () => {
    const model = new ToyModel(3, 6, { sourceLengths });
    const found = await beamSearch(model, model.start(3), { ...base, sourceLengths, coveragePenalty: 0.1 });
    expect(found.flat().every(({ attention }) => attention === undefined)).toBe(true);
  });

  it("gives each sentence what it gets alone, and lets done ones leave the batch", async () => {
    const options = { ...base, beam: 4, nBest: 2, maximumLength: (b: number) => 1 + 3 * b };
    const model = new ToyModel(11, 7);
    const together = await beamSearch(model, model.start(3), options);
    for (let b = 0; b < 3; b++) {
      const alone = new ToyModel(11, 7);
      const state = alone.select(alone.start(3), Int32Array.of(b));
      const own = { ...options, sentences: 1, maximumLength: options.maximumLength(b) };
      expectSame((await beamSearch(alone, state, own)).flat(), together[b] ?? []);
    }
    expect(model.calls[0]).toBe(3);
    expect(Math.max(...model.calls)).toBeLessThanOrEqual(12);
    expect(model.calls.at(-1)).toBeLessThanOrEqual(4);
    expect(model.calls.length).toBeLessThanOrEqual(8);
  });

  it("gives sequences that never end as unfinished, last", async () => {
    const endless = chain({ 0: [0, 0.1, 0.9, 0], 2: [0, 0, 0.6, 0.4], 3: [0, 0, 0.52, 0.48] });
    const options = { ...base, sentences: 1, maximumLength: 3, beam: 4, nBest: 4 };
    const [hypotheses = []] = await beamSearch(endless, null, options);
    expect(hypotheses.map(({ tokens, finished }) => [tokens, finished])).toEqual([
      [[], true],
      [[2, 2, 2], false],
      [[2, 2, 3], false],
      [[2, 3, 2], false],
    ]);
    expect(hypotheses.map(({ tokenLogProbabilities }) => tokenLogProbabilities.length)).toEqual([1, 3, 3, 3]);
    expect(hypotheses[1]?.score).toBeCloseTo(Math.log(0.9 * 0.36), 5);
    const [[longest] = []] = await beamSearch(endless, null, { ...options, minimumLength: 1, nBest: 1 });
    expect(longest).toMatchObject({ tokens: [2, 2, 2], finished: false });
  });

  it("lets a sequence of the maximum length still end", async () => {
    const model = chain({ 0: [0, 0, 1, 0], 2: [0, 0.4, 0, 0.6] });
    const options = { ...base, sentences: 1, maximumLength: 1 };
    expect((await beamSearch(model, null, { ...options, beam: 2 }))[0]?.[0]).toMatchObject({
      finished: true,
    });
    expect((await beamSearch(model, null, { ...options, beam: 1 }))[0]?.[0]).toMatchObject({
      finished: false,
    });
    const [[none] = []] = await beamSearch(model, null, { ...options, maximumLength: 0, beam: 2 });
    expect(none).toMatchObject({ tokens: [], finished: false, score: 0 });
  });

  it("keeps a hypothesis that nothing may follow", async () => {
    const model = new ToyModel(1, 4);
    const constrain = ({ tokens }: { tokens: readonly number[] }) => ({ only: tokens.length < 2 ? [3] : [] });
    const found = await beamSearch(model, model.start(3), { ...base, constrain });
    expect(found.map(([best]) => best)).toMatchObject(Array(3).fill({ tokens: [3, 3], finished: false }));
  });

  it("stops out of patience when asked", async () => {
    const steps = async (patience?: number): Promise<number> => {
      const model = new ToyModel(2, 6);
      const options = { ...base, maximumLength: 60, beam: 3, lengthPenalty: { kind: "average" as const } };
      await beamSearch(model, model.start(3), patience === undefined ? options : { ...options, patience });
      return model.calls.length;
    };
    expect(await steps(1)).toBeLessThan(await steps(4));
    expect(await steps(4)).toBeLessThan(await steps());
  });

  it("takes batches without sentences", async () => {
    const model = new ToyModel(1, 4);
    expect(await beamSearch(model, model.start(0), { ...base, sentences: 0 })).toEqual([]);
    expect(model.calls).toEqual([]);
  });
});

describe("groups", () => {
  const twins = chain({ 0: [0, 0, 0.6, 0.4], 2: [0, 0.45, 0.35, 0.2], 3: [0, 0.9, 0.1, 0] });
  const options = { ...base, sentences: 1, maximumLength: 2, beam: 2, nBest: 2, groups: 2 };

  it("take other tokens than the groups before them", async () => {
    // Each group is greedy. The second sees 2 at ln 0.6 - λ, below ln 0.4 when λ is above 0.405.
    const tokens = async (diversity: number): Promise<(readonly number[])[]> => {
      const [found = []] = await beamSearch(twins, null, { ...options, diversity });
      return found.map((hypothesis) => hypothesis.tokens);
    };
    expect(await tokens(0.38)).toEqual([[2], [2, 2]]); // the end costs as much
    expect(await tokens(0.42)).toEqual([[3], [2]]);
    expect(await tokens(0)).toEqual([[2]]); // the same twice is given once
  });

  it("leave scores as the model has them", async () => {
    const model = new ToyModel(8, 6);
    const found = await beamSearch(model, model.start(3), {
      ...base,
      beam: 6,
      nBest: 6,
      groups: 3,
      diversity: 2,
    });
    for (const [sentence, hypotheses] of found.entries()) {
      for (const { tokens, score } of hypotheses.filter(({ finished }) => finished)) {
        expect(score).toBeCloseTo(
          tokenScores(model, sentence, tokens).reduce((a, b) => a + b, 0),
          4,
        );
      }
      expect(new Set(hypotheses.map(({ tokens }) => tokens[0])).size).toBeGreaterThanOrEqual(3);
    }
  });

  it("without diversity each find what one beam of their width finds", async () => {
    const model = new ToyModel(9, 6);
    const one = await beamSearch(model, model.start(3), { ...base, beam: 2, nBest: 2 });
    const three = { ...base, beam: 6, nBest: 6, groups: 3, diversity: 0 };
    const found = await beamSearch(model, model.start(3), three);
    one.forEach((hypotheses, sentence) => {
      expectSame(found[sentence] ?? [], hypotheses);
    });
  });
});

describe("onStep", () => {
  it("tells how far the search is, and stops it", async () => {
    const model = new ToyModel(4, 6);
    const seen: DecodingProgress[] = [];
    const onStep = async (progress: DecodingProgress): Promise<boolean> => {
      seen.push(progress);
      await Promise.resolve();
      return progress.step < 3;
    };
    const options = { ...base, minimumLength: 6, onStep };
    const found = await beamSearch(model, model.start(3), options);
    expect(seen.map(({ step, rows, done }) => [step, rows, done])).toEqual([
      [1, 12, 0], // four tokens may come first
      [2, 15, 0],
      [3, 15, 0],
    ]);
    expect(found.map(([best]) => [best?.tokens.length, best?.finished])).toEqual(Array(3).fill([3, false]));
    expect(seen[2]?.best(1)).toEqual(found[1]?.[0]?.tokens);
    expect(await greedySearch(model, model.start(3), options)).toMatchObject(
      Array(3).fill({ finished: false, tokens: { length: 3 } }),
    );
  });
});

describe("memory", () => {
  const searches = { beamSearch, greedySearch };
  const options = { ...base, sourceLengths, attention: true, beam: 4, nBest: 2, groups: 2, noRepeat: 2 };

  it.each(["beamSearch", "greedySearch"] as const)(
    "%s frees every tensor but the state it got",
    async (name) => {
      await expectNoLeaks(
        async () => {
          const model = new ToyModel(6, 6, { sourceLengths });
          await searches[name](model, model.start(3), options);
        },
        { keeps: 1 },
      );
    },
  );

  it.each(["beamSearch", "greedySearch"] as const)("%s does so when a step fails", async (name) => {
    class Failing extends ToyModel {
      override step(tokens: Int32Array, state: ToyState): Step<ToyState> {
        if (this.calls.length === 2) throw new Error("broken step");
        return super.step(tokens, state);
      }
    }
    const failing = new Failing(6, 6, { sourceLengths });
    const state = failing.start(3);
    const run = { ...options, minimumLength: 5 };
    await expectNoLeaks(() => expect(searches[name](failing, state, run)).rejects.toThrow("broken step"));
    await expectNoLeaks(() =>
      expect(
        searches[name](new ToyModel(6, 6, { sourceLengths }), state, {
          ...run,
          onStep: () => Promise.reject(new Error("broken callback")),
        }),
      ).rejects.toThrow("broken callback"),
    );
  });
});

describe("what is refused", () => {
  it.each<[RegExp, Partial<BeamSearchOptions>]>([
    [/DECODING_OPTION: beam .* got 0/, { beam: 0 }],
    [/DECODING_OPTION: nBest is 6 but the beam has 5/, { nBest: 6 }],
    [/DECODING_OPTION: .*5 does not part into 2 groups/, { groups: 2 }],
    [/DECODING_OPTION: diversity .* got -1/, { diversity: -1 }],
    [/DECODING_OPTION: patience .* got NaN/, { patience: NaN }],
    [/DECODING_OPTION: maximumLength .* got 2.5/, { maximumLength: 2.5 }],
    [
      /DECODING_OPTION: sentence 1: minimumLength 5 is above maximumLength 1/,
      { maximumLength: (b) => 9 - 8 * b, minimumLength: 5 },
    ],
    [/DECODING_OPTION: noRepeat/, { noRepeat: -1 }],
    [/DECODING_OPTION: the end, 1, is among the tokens that never come/, { never: [1] }],
    [/DECODING_OPTION: .*no sourceLengths/, { coveragePenalty: 1 }],
    [/DECODING_OPTION: the coverage penalty .* got -1/, { coveragePenalty: -1, sourceLengths }],
    [/DECODING_OPTION: the length penalty "gnmt" got NaN/, { lengthPenalty: { kind: "gnmt", alpha: NaN } }],
    [/DECODING_OPTION: sourceLengths has 1 entries for 3/, { sourceLengths: [4] }],
    [/DECODING_OPTION: sourceLengths\[1\]/, { sourceLengths: [4, -1, 2] }],
    [/DECODING_TOKEN: begin is -1/, { begin: -1 }],
    [/DECODING_TOKEN: end is 6, .* 6 tokens/, { end: 6 }],
    [/DECODING_TOKEN: a token of never/, { never: [99] }],
    [/DECODING_TOKEN: a token of constrain is 7/, { constrain: () => ({ not: [7] }) }],
    [/DECODING_ATTENTION/, { coveragePenalty: 1, sourceLengths }],
  ])("%s", async (message, options) => {
    const model = new ToyModel(1, 6);
    await expect(beamSearch(model, model.start(3), { ...base, ...options })).rejects.toThrow(message);
  });

  it.each<[RegExp, () => Tensor2D]>([
    [
      /DECODING_LOGITS: a step over 1 rows and 4 tokens gave logits \[1, 3\]/,
      () => tensor2d([1, 2, 3], [1, 3]),
    ],
    [/DECODING_NOT_FINITE/, () => tensor2d([1, NaN, 3, 4], [1, 4])],
    [/DECODING_NOT_FINITE/, () => tensor2d([1, Infinity, 3, 4], [1, 4])],
  ])("%s", async (message, logits) => {
    const model: StepModel<null> = { ...chain({}), step: () => ({ logits: logits(), state: null }) };
    const options = { ...base, sentences: 1 };
    await expectNoLeaks(() =>
      expect(beamSearch(model, null, { ...options, beam: 1 })).rejects.toThrow(message),
    );
    await expectNoLeaks(() =>
      expect(beamSearch(model, null, { ...options, beam: 9 })).rejects.toThrow(message),
    );
  });
});
