import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { describe, expect, it } from "vitest";
import { begin, end, tokenScores, ToyModel } from "./decoding.fixture.js";
import { sampleSequences, type SamplingOptions } from "./sample-sequences.js";

await startEngine({ engine: "cpu" });

const base = { begin, end, maximumLength: 6, never: [begin] };
const model = new ToyModel(4, 8);

/** How often each token comes first in many samples of one sentence. */
async function firstTokens(options: Partial<SamplingOptions>): Promise<number[]> {
  const samples = 6000;
  const [drawn = []] = await sampleSequences(model, model.start(1), {
    ...base,
    sentences: 1,
    maximumLength: 1,
    random: seeded(1),
    samples,
    ...options,
    onStep: () => false,
  });
  const counts = new Array<number>(8).fill(0);
  for (const { tokens } of drawn) {
    const first = tokens[0] ?? end;
    counts[first] = (counts[first] as number) + 1;
  }
  return counts.map((count) => count / samples);
}

/** What the distribution of the first token is by its definition. */
function expected(temperature: number, keep: (rank: number, before: number) => boolean): number[] {
  const scores = model
    .logProbabilities(0, [begin])
    .map((value, token) => (token === begin ? 0 : Math.exp(value / temperature)));
  const total = scores.reduce((a, b) => a + b, 0);
  const order = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number));
  let before = 0;
  const kept = new Set<number>();
  for (const [rank, token] of order.entries()) {
    if (keep(rank, before)) kept.add(token);
    before += (scores[token] as number) / total;
  }
  const sum = [...kept].reduce((all, token) => all + (scores[token] as number), 0);
  return scores.map((score, token) => (kept.has(token) ? score / sum : 0));
}

describe("sampleSequences", () => {
  it.each<[string, Partial<SamplingOptions>, number[]]>([
    ["all tokens", {}, expected(1, () => true)],
    ["a low temperature", { temperature: 0.5 }, expected(0.5, () => true)],
    ["a high temperature", { temperature: 3 }, expected(3, () => true)],
    ["the 3 likeliest", { topK: 3 }, expected(1, (rank) => rank < 3)],
    ["more than there are", { topK: 50 }, expected(1, () => true)],
    ["a nucleus", { topP: 0.7 }, expected(1, (_, before) => before < 0.7)],
    ["a nucleus of one", { topP: 0.01 }, expected(1, (rank) => rank === 0)],
    [
      "a nucleus of a flat distribution",
      { topP: 0.9, temperature: 3 },
      expected(3, (_, before) => before < 0.9),
    ],
  ])("draws from %s", async (_, options, probabilities) => {
    const shares = await firstTokens(options);
    for (const [token, share] of shares.entries()) {
      const p = probabilities[token] as number;
      if (p === 0 || p === 1) expect(share).toBe(p);
      // Four standard deviations of a share over 6000 draws.
      else expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 6000));
    }
  });

  it("gives the model's log probabilities, cut or not", async () => {
    const options = {
      ...base,
      sentences: 2,
      samples: 3,
      random: seeded(2),
      temperature: 2,
      topK: 4,
      topP: 0.9,
    };
    for (const [sentence, samples] of (await sampleSequences(model, model.start(2), options)).entries()) {
      expect(samples).toHaveLength(3);
      for (const { tokens, score, logProbability, tokenLogProbabilities, finished } of samples) {
        const scores = tokenScores(model, sentence, tokens).slice(0, tokens.length + Number(finished));
        expect(tokenLogProbabilities.map((value) => value.toFixed(4))).toEqual(
          scores.map((value) => value.toFixed(4)),
        );
        expect(score).toBe(logProbability);
      }
    }
  });

  it("repeats itself for the same seed only, and goes on with the same generator", async () => {
    const options = { ...base, sentences: 2, samples: 4, minimumLength: 5 };
    const random = seeded(3);
    const [one, two, again, other] = [
      await sampleSequences(model, model.start(2), { ...options, random }),
      await sampleSequences(model, model.start(2), { ...options, random }),
      await sampleSequences(model, model.start(2), { ...options, random: seeded(3) }),
      await sampleSequences(model, model.start(2), { ...options, random: seeded(4) }),
    ];
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
    expect(other).not.toEqual(one);
    expect(new Set(one.flat().map(({ tokens }) => tokens.join())).size).toBeGreaterThan(4);
  });

  it("draws for a sentence what it draws without the others", async () => {
    const options = { ...base, samples: 2 };
    const three = await sampleSequences(model, model.start(3), {
      ...options,
      sentences: 3,
      random: seeded(5),
    });
    const one = await sampleSequences(model, model.start(1), {
      ...options,
      sentences: 1,
      random: seeded(5),
      samples: 1,
    });
    expect(one[0]?.[0]?.tokens).toEqual(three[0]?.[0]?.tokens);
  });

  it("keeps the rules", async () => {
    const options = { ...base, sentences: 1, samples: 200, random: seeded(6), noRepeat: 1, minimumLength: 2 };
    const [samples = []] = await sampleSequences(model, model.start(1), {
      ...options,
      topK: 2,
      noEndAfter: (token) => token === 3,
    });
    for (const { tokens, finished } of samples) {
      expect(new Set(tokens).size).toBe(tokens.length);
      expect(tokens).not.toContain(begin);
      if (finished) expect(tokens.length).toBeGreaterThanOrEqual(2);
      if (finished) expect(tokens.at(-1)).not.toBe(3);
    }
  });

  it("frees every tensor but the state it got", async () => {
    await expectNoLeaks(
      async () => {
        const random = seeded(1);
        await sampleSequences(model, model.start(3), {
          ...base,
          sentences: 3,
          random,
          samples: 4,
          topP: 0.9,
        });
      },
      { keeps: 1 },
    );
  });

  it.each<[RegExp, Partial<SamplingOptions>]>([
    [/DECODING_OPTION: temperature .* got 0\.\n.*greedySearch/, { temperature: 0 }],
    [/DECODING_OPTION: temperature .* got NaN/, { temperature: NaN }],
    [/DECODING_OPTION: topP .* got 0/, { topP: 0 }],
    [/DECODING_OPTION: topP .* got 1.1/, { topP: 1.1 }],
    [/DECODING_OPTION: topK .* got 0/, { topK: 0 }],
    [/DECODING_OPTION: samples .* got 0/, { samples: 0 }],
  ])("refuses with %s", async (message, options) => {
    const all = { ...base, sentences: 1, random: seeded(1), ...options };
    await expect(sampleSequences(model, model.start(1), all)).rejects.toThrow(message);
  });
});
