import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { describe, expect, it } from "vitest";
import { beamSearch } from "./beam-search.js";
import { begin, end, tokenScores, ToyModel } from "./decoding.fixture.js";
import { forcedDecoding, type ForcedDecodingOptions } from "./forced-decoding.js";

await startEngine({ engine: "cpu" });

const sourceLengths = [3, 1, 4];
const targets = [[2, 3, 2], [], [4, 4, 4, 0, 2]];
const base: ForcedDecodingOptions = { targets, begin, end };
const model = (): ToyModel => new ToyModel(5, 5, { sourceLengths });

describe("forcedDecoding", () => {
  it("scores targets token by token", async () => {
    const toy = model();
    const scored = await forcedDecoding(toy, toy.start(3), base);
    for (const [sentence, tokens] of targets.entries()) {
      const scores = tokenScores(toy, sentence, tokens);
      const sum = scores.reduce((a, b) => a + b, 0);
      const result = scored[sentence];
      expectClose(result?.tokenLogProbabilities ?? [], scores, 1e-5);
      expect(result).toMatchObject({ tokens, finished: true, attention: undefined });
      expect(result?.score).toBeCloseTo(sum, 4);
      expect(result?.perplexity).toBeCloseTo(Math.exp(-sum / scores.length), 3);
    }
    expect(toy.calls).toEqual([3, 2, 2, 2, 1, 1]);
  });

  it("leaves the end out when asked", async () => {
    const toy = model();
    const scored = await forcedDecoding(toy, toy.start(3), { ...base, scoreEnd: false });
    expectClose(scored[0]?.tokenLogProbabilities ?? [], tokenScores(toy, 0, [2, 3, 2]).slice(0, 3), 1e-5);
    expect(scored[1]).toMatchObject({ tokens: [], score: 0, perplexity: 1, finished: false });
  });

  it("gives a hypothesis of a search its own score and attention", async () => {
    const toy = model();
    const options = { sentences: 3, begin, end, maximumLength: 6, sourceLengths, attention: true };
    const found = (await beamSearch(toy, toy.start(3), options)).map(([best]) => best);
    const tokens = found.map((best) => best?.tokens ?? []);
    const scored = await forcedDecoding(toy, toy.start(3), { ...options, targets: tokens });
    for (const [sentence, best] of found.entries()) {
      expect(best?.finished).toBe(true);
      expect(scored[sentence]?.logProbability).toBeCloseTo(best?.logProbability ?? NaN, 5);
      expect(scored[sentence]?.attention).toEqual(best?.attention);
      expect(scored[sentence]?.attention?.map((row) => row.length)).toEqual(
        Array(tokens[sentence]?.length).fill(sourceLengths[sentence]),
      );
    }
  });

  it("frees every tensor but the state it got", async () => {
    const toy = model();
    await expectNoLeaks(() => forcedDecoding(toy, toy.start(3), { ...base, attention: true }), { keeps: 1 });
  });

  it.each<[RegExp, Partial<ForcedDecodingOptions>]>([
    [/DECODING_TOKEN: a token of targets\[1\] is 5/, { targets: [[], [5], []] }],
    [/DECODING_TOKEN: begin/, { begin: 5 }],
    [/DECODING_TOKEN: end/, { end: 0.5 }],
    [/DECODING_OPTION: sourceLengths/, { sourceLengths: [1] }],
  ])("refuses with %s", async (message, options) => {
    const toy = model();
    await expect(forcedDecoding(toy, toy.start(3), { ...base, ...options })).rejects.toThrow(message);
  });
});
