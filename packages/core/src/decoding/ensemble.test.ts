import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { tensor2d } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { beamSearch } from "./beam-search.js";
import { begin, end, expectSame, ToyModel } from "./decoding.fixture.js";
import { ensemble, type EnsembleOptions } from "./ensemble.js";
import { forcedDecoding } from "./forced-decoding.js";
import type { StepModel } from "./step-model.js";

await startEngine({ engine: "cpu" });

const sourceLengths = [2, 3];
const [first, second] = [1, 2].map((seed) => new ToyModel(seed, 5, { sourceLengths })) as [
  ToyModel,
  ToyModel,
];
const starts = () => [first.start(2), second.start(2)];
const logSum = (values: readonly number[]): number =>
  Math.log(values.reduce((sum, v) => sum + Math.exp(v), 0));

/** Σm wm rows[m], or with `plain` false ln Σm wm exp(rows[m]). */
function mixture(rows: readonly number[][], shares: readonly number[], plain: boolean): number[] {
  return (rows[0] ?? []).map((_, place) => {
    const values = rows.map((row) => row[place] as number);
    const sum = values.reduce((all, v, m) => all + (shares[m] as number) * (plain ? v : Math.exp(v)), 0);
    return plain ? sum : Math.log(sum);
  });
}

describe("ensemble", () => {
  it.each<[EnsembleOptions, number[]]>([
    [{}, [0.5, 0.5]],
    [{ weights: [3, 1] }, [0.75, 0.25]],
    [{ mean: "logProbabilities" }, [0.5, 0.5]],
    [{ mean: "logProbabilities", weights: [1, 4] }, [0.2, 0.8]],
  ])("mixes what its members say: %o", async (options, shares) => {
    const targets = [[2, 3], [4]];
    const scored = await forcedDecoding(ensemble([first, second], options), starts(), {
      targets,
      begin,
      end,
      attention: true,
    });
    for (const [sentence, tokens] of targets.entries()) {
      const histories = [...tokens, end].map((_, t) => [begin, ...tokens.slice(0, t)]);
      const expected = histories.map((history, t) => {
        const members = [first, second].map((model) => model.logProbabilities(sentence, history));
        const row = mixture(members, shares, options.mean === "logProbabilities");
        return (row[[...tokens, end][t] as number] as number) - logSum(row);
      });
      expectClose(scored[sentence]?.tokenLogProbabilities ?? [], expected, 1e-5);
      const weights = [first, second].map((model) => model.weights(sentence, [begin]));
      const attention = mixture(weights, shares, true);
      expectClose(scored[sentence]?.attention?.[0]?.slice(0, sourceLengths[sentence]) ?? [], attention, 1e-5);
    }
  });

  it("of one model, or of the same twice, is that model", async () => {
    const options = { sentences: 2, begin, end, maximumLength: 5, beam: 4, nBest: 3 };
    const alone = await beamSearch(first, first.start(2), options);
    for (const mean of ["probabilities", "logProbabilities"] as const) {
      const one = await beamSearch(ensemble([first], { mean }), [first.start(2)], options);
      const twice = await beamSearch(
        ensemble([first, first], { mean }),
        [first.start(2), first.start(2)],
        options,
      );
      for (const found of [one, twice]) expectSame(found.flat(), alone.flat());
    }
  });

  it("keeps impossible what no member allows", async () => {
    const model: StepModel<null> = {
      vocabularySize: 3,
      step: (tokens) => ({ logits: tensor2d([-Infinity, 1, 2], [tokens.length, 3]), state: null }),
      select: () => null,
      dispose: () => undefined,
    };
    for (const mean of ["probabilities", "logProbabilities"] as const) {
      const [scored] = await forcedDecoding(ensemble([model, model], { mean }), [null, null], {
        targets: [[0]],
        begin,
        end,
      });
      expect(scored?.tokenLogProbabilities[0]).toBe(-Infinity);
      expect(scored?.tokenLogProbabilities[1]).toBeCloseTo(-Math.log(1 + Math.E), 5);
      expect(scored?.perplexity).toBe(Infinity);
    }
  });

  it("gives no attention where members attend to different things", async () => {
    const third = new ToyModel(3, 5);
    const both = ensemble([first, third]);
    const options = { targets: [[2], [3]], begin, end, attention: true };
    const scored = await forcedDecoding(both, [first.start(2), third.start(2)], options);
    expect(scored.map(({ attention }) => attention)).toEqual([undefined, undefined]);
  });

  it("frees every tensor but the states it got, also when a member fails", async () => {
    const options = { sentences: 2, begin, end, maximumLength: 5, beam: 4, attention: true };
    await expectNoLeaks(() => beamSearch(ensemble([first, second]), starts(), options), { keeps: 2 });
    class Failing extends ToyModel {
      override step(): never {
        throw new Error("broken member");
      }
      override select(): never {
        throw new Error("broken selection");
      }
    }
    const broken = new Failing(1, 5);
    const states = [first.start(2), broken.start(2)];
    const both = ensemble([first, broken]);
    await expectNoLeaks(() => expect(beamSearch(both, states, options)).rejects.toThrow("broken member"));
    await expectNoLeaks(() => {
      expect(() => both.select(states, Int32Array.of(0))).toThrow("broken selection");
    });
  });

  it("refuses members that do not fit together", () => {
    expect(() => ensemble([])).toThrow(/ENSEMBLE_MEMBERS: .* got none/);
    expect(() => ensemble([first, new ToyModel(1, 6)])).toThrow(/ENSEMBLE_MEMBERS: .* sizes 5, 6/);
    expect(() => ensemble([first], { weights: [1, 2] })).toThrow(
      /DECODING_OPTION: .* 1 members got 2 weights/,
    );
    expect(() => ensemble([first, second], { weights: [1, 0] })).toThrow(/DECODING_OPTION: weights\[1\]/);
    expect(() => ensemble([first], { mean: "median" as never })).toThrow(/DECODING_OPTION: "median"/);
  });
});
