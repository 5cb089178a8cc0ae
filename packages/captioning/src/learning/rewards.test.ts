import { seeded } from "@timestep/base";
import { greedySearch } from "@timestep/core";
import { BOS, EOS, PAD, UNK } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { CiderScorer } from "@timestep/metrics";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import {
  exp,
  mul,
  neg,
  type Scalar,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { FloatTable } from "../fixtures/toy-pictures.js";
import { captionBatch, CaptionModel } from "../model.js";
import { captioningSettings } from "../settings.js";
import { drawRewarded, Rewarder } from "./rewards.js";

beforeAll(() => startEngine());

const [vocabularySize, maxWords] = [7, 3];
const references = [
  [[4, 5], [4, 5, 6], [6]],
  [
    [5, 5],
    [6, 4],
  ],
  [[4], [6, 6, 6, 6]],
];
const random = seeded(5);
const pictures = new FloatTable(
  Float32Array.from({ length: 3 * 8 }, () => random.normal()),
  [2, 2, 2],
);

/** A tiny network, away from where it starts, with everything on that is for learning alone. */
function tinyModel(): CaptionModel {
  const settings = captioningSettings.parse({
    picture: { size: 4 },
    model: { hiddenSize: 4, embedding: 3, attention: { size: 3, doublyStochastic: 1 } },
    labelSmoothing: 0.2,
  });
  const model = new CaptionModel(vocabularySize, pictures.shape, settings, seeded(1));
  const drawn = seeded(2);
  model.loadWeights(
    new Map(
      model.parameters().map(({ path, variable: { shape, size } }) => {
        return [path, { shape, data: Float32Array.from({ length: size }, () => 0.5 * drawn.normal()) }];
      }),
    ),
  );
  return model;
}

/** Every caption of at most three words, of all tokens but the end. */
function everyCaption(): number[][] {
  const words = Array.from({ length: vocabularySize }, (_, token) => token).filter((token) => token !== EOS);
  let last: number[][] = [[]];
  const all = [...last];
  for (let length = 1; length <= maxWords; length++) {
    last = last.flatMap((caption) => words.map((word) => [...caption, word]));
    all.push(...last);
  }
  return all;
}

const batchOf = (row: number, captions: readonly (readonly number[])[]) =>
  captionBatch(
    { count: 1, values: pictures.gridsOf([row]) },
    captions,
    new Int32Array(captions.length),
    maxWords,
  );

/** The gradients in all parameters, as one vector. */
function gradientOf(model: CaptionModel, loss: () => Scalar): Float32Array {
  const variables = model.parameters().map(({ variable }) => variable);
  return tidy(() => {
    const { grads } = variableGrads(loss, variables);
    return Float32Array.from(variables.flatMap(({ name }) => Array.from((grads[name] as Tensor).dataSync())));
  });
}

describe("Rewarder", () => {
  it("gives CIDEr-D where the end is a word, but for captions that are cut", () => {
    const rewarder = new Rewarder(references, maxWords);
    const closed = [
      [
        [4, 5, EOS],
        [4, 5, 6],
        [6, EOS],
      ],
      [
        [5, 5, EOS],
        [6, 4, EOS],
      ],
      [
        [4, EOS],
        [6, 6, 6],
      ],
    ];
    const scorer = new CiderScorer(closed);
    for (const [row, own] of closed.entries()) {
      const prepared = scorer.prepare(own);
      expect(rewarder.reward(row, [4, 5])).toBe(scorer.score(prepared, [4, 5, EOS]));
      expect(rewarder.reward(row, [4, 5, 6])).toBe(scorer.score(prepared, [4, 5, 6]));
    }
    expect(rewarder.reward(0, [4, 5])).toBeGreaterThan(rewarder.reward(0, [4]));
    expect(rewarder.reward(0, [])).toBe(0);
  });

  it("finds nothing in unknown words, and nothing for a picture of which nothing is said", () => {
    const rewarder = new Rewarder([...references, [[UNK, UNK, 5]], []], maxWords);
    expect(rewarder.reward(3, [UNK, UNK])).toBe(0);
    expect(rewarder.reward(3, [5])).toBeGreaterThan(0);
    expect(rewarder.reward(4, [5])).toBe(0);
  });
});

describe("self-critical training", () => {
  const rewarder = new Rewarder(references, maxWords);
  const all = everyCaption();

  it("has the gradient of the reward that is expected over all captions", () => {
    const model = tinyModel();
    expect(all).toHaveLength(1 + 6 + 36 + 216);
    for (const row of [0, 1]) {
      const rewards = all.map((caption) => rewarder.reward(row, caption));
      const probabilities = tidy(() => exp(neg(sum(model.wordLosses(batchOf(row, all)), 1))).dataSync());
      expect(Array.from(probabilities).reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      const expected = gradientOf(model, () => {
        const p = exp(neg(sum(model.wordLosses(batchOf(row, all)), 1)));
        return neg(sum<Scalar>(mul(p, tensor1d(rewards))));
      });
      expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
      // Less a constant for every caption, as self-critical training has it, nothing changes.
      for (const usual of [0, 0.8]) {
        const shares = Float32Array.from(
          rewards,
          (reward, n) => (reward - usual) * (probabilities[n] as number) * all.length,
        );
        expectClose(
          gradientOf(model, () => model.rewardLoss(batchOf(row, all), shares)),
          expected,
          1e-3,
        );
      }
    }
    model.dispose();
  });

  it("draws captions of the network itself, whose gradients come to that on average", async () => {
    const model = tinyModel();
    const row = 0;
    const lesson = { kind: "draw", pictures: [row], count: 1 } as const;
    const samples = 4000;
    const draws = { samples, temperature: 1, maxWords, random: seeded(8) };
    const drawn = await drawRewarded(lesson, model, pictures, rewarder, draws);
    expect(drawn.captions).toHaveLength(samples);
    // Each caption as often as it is probable, those that begin with what is never searched for as well.
    const losses = tidy(() => sum(model.wordLosses(batchOf(row, all)), 1).dataSync());
    const counts = new Map<string, number>();
    for (const caption of drawn.captions) counts.set(caption.join(), (counts.get(caption.join()) ?? 0) + 1);
    all.forEach((caption, n) => {
      const p = Math.exp(-(losses[n] as number));
      const spread = Math.sqrt((p * (1 - p)) / samples);
      expect(Math.abs((counts.get(caption.join()) ?? 0) / samples - p)).toBeLessThan(5 * spread + 1e-3);
    });
    for (const token of [PAD, BOS, UNK])
      expect(drawn.captions.some((caption) => caption.includes(token))).toBe(true);
    // Each above the mean of all others.
    const rewards = drawn.captions.map((caption) => rewarder.reward(row, caption));
    const total = rewards.reduce((a, b) => a + b);
    rewards.forEach((reward, n) => {
      expect(drawn.rewards[n]).toBeCloseTo(reward - (total - reward) / (samples - 1), 5);
    });
    const expected = gradientOf(model, () => {
      const p = exp(neg(sum(model.wordLosses(batchOf(row, all)), 1)));
      return neg(sum<Scalar>(mul(p, tensor1d(all.map((caption) => rewarder.reward(row, caption))))));
    });
    const found = gradientOf(model, () => model.rewardLoss(batchOf(row, drawn.captions), drawn.rewards));
    const error = Math.hypot(...found.map((value, i) => value - (expected[i] as number)));
    expect(error / Math.hypot(...expected)).toBeLessThan(0.15);
    model.dispose();
  });

  it("counts the reward of one caption alone above that of the likeliest words", async () => {
    const model = tinyModel();
    const rows = [2, 0, 1];
    const lesson = { kind: "draw", pictures: rows, count: 3 } as const;
    const draws = { samples: 1, temperature: 1, maxWords };
    const search = model.search({ count: 3, values: pictures.gridsOf(rows) });
    const limits = { sentences: 3, begin: BOS, end: EOS, maximumLength: maxWords };
    const greedy = await greedySearch(search.model, search.state, limits);
    search.dispose();
    // What is said of the pictures is what they say themselves, so that the likeliest words are worth something.
    const own = rows.map((_, row) => [greedy[rows.indexOf(row)]?.tokens ?? []]);
    const generous = new Rewarder([...own, ...references], maxWords);
    const usual = rows.map((row) => generous.reward(row, own[row]?.[0] ?? []));
    expect(usual.every((reward) => reward > 0)).toBe(true);
    const drawn = await drawRewarded(lesson, model, pictures, generous, { ...draws, random: seeded(1) });
    drawn.captions.forEach((caption, place) => {
      const reward = generous.reward(rows[place] as number, caption);
      expect(drawn.rewards[place]).toBeCloseTo(reward - (usual[place] as number), 5);
    });
    model.dispose();
  });

  it("depends on the random numbers alone, keeps pictures apart, and leaves nothing behind", async () => {
    const model = tinyModel();
    const lesson = { kind: "draw", pictures: [2, 0], count: 6 } as const;
    const draw = (seed: number) =>
      drawRewarded(lesson, model, pictures, rewarder, {
        samples: 3,
        temperature: 1,
        maxWords,
        random: seeded(seed),
      });
    await expectNoLeaks(async () => {
      const one = await draw(1);
      expect(one).toEqual(await draw(1));
      expect(one).not.toEqual(await draw(2));
      expect(one).toMatchObject({
        kind: "rewards",
        pictures: [2, 0],
        pictureOf: Int32Array.of(0, 0, 0, 1, 1, 1),
      });
    });
    model.dispose();
  });
});
