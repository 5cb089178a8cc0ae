import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients } from "@timestep/testing";
import { softmax, type Tensor, type Tensor3D, tensor3d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { teacherForced } from "../decoder/targets.js";
import { TokenDecoder, type TokenDecoderOptions } from "../decoder/token-decoder.js";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { coverageLoss, doublyStochasticPenalty } from "./penalties.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

/** Two rows over three places; the second ends after one step and has two places. */
const alignments = (): Tensor3D =>
  tensor3d([
    [[0.5, 0.25, 0.25], [0.75, 0, 0.25], [0, 1, 0]],
    [[0.5, 0.5, 0], [0, 0, 0], [0, 0, 0]],
  ]); // prettier-ignore

describe("penalties of attention", () => {
  it("count what is seen again, by hand", () => {
    // Step 2: min(0.75, 0.5) + min(0.25, 0.25) = 0.75. Step 3: min(1, 0.25) = 0.25.
    expectClose(coverageLoss(alignments()), [1, 0], 1e-6);
  });

  it("count places that had more or less than 1, by hand", () => {
    // Sums 1.25, 1.25, 0.5: 0.0625 + 0.0625 + 0.25. Sums 0.5, 0.5: 0.25 + 0.25; the third place is not there.
    expectClose(doublyStochasticPenalty(alignments(), [3, 2]), [0.375, 0.5], 1e-6);
  });

  it("match numeric gradients", async () => {
    const weights = softmax(drawn<Tensor3D>(1, [2, 4, 3]));
    await expectGradients((x) => coverageLoss(x as Tensor3D), [weights]).within(1e-3);
    await expectGradients((x) => doublyStochasticPenalty(x as Tensor3D, [3, 2]), [weights]).within(1e-3);
  });

  it("are added to the sum over the tokens while a decoder learns", () => {
    const options: TokenDecoderOptions = {
      cell: "gru",
      vocabularySize: 7,
      embedding: 3,
      hiddenSize: 4,
      memorySize: 5,
      score: "additive",
      random: seeded(1),
    };
    const targets = teacherForced([[3, 4, 5], [6]], { begin: 1, end: 2 });
    const lengths = [4, 2];
    const source = { memory: { values: drawn<Tensor3D>(3, [2, 4, 5]), lengths } };
    const lossOf = (more: Partial<TokenDecoderOptions>, learns: boolean): number => {
      const decoder = scattered(new TokenDecoder({ ...options, ...more }));
      return decoder.loss(targets, source, learns ? { random: seeded(1) } : {}).dataSync()[0] as number;
    };
    const { alignments: looks } = scattered(new TokenDecoder(options)).run(targets, source);
    const total = (x: Tensor): number => Array.from(x.dataSync()).reduce((sum, value) => sum + value, 0);
    const plain = lossOf({}, true);
    const again = total(coverageLoss(looks as Tensor3D)) / 6;
    const uneven = total(doublyStochasticPenalty(looks as Tensor3D, lengths)) / 6;
    expect(again).toBeGreaterThan(0.1);
    expect(lossOf({ coverageLoss: 0.5 }, true)).toBeCloseTo(plain + 0.5 * again, 5);
    expect(lossOf({ doublyStochastic: 2 }, true)).toBeCloseTo(plain + 2 * uneven, 5);
    expect(lossOf({ coverageLoss: 0.5, doublyStochastic: 2 }, false)).toBeCloseTo(plain, 5);
  });
});
