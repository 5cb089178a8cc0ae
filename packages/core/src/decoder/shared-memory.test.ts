import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import {
  gather,
  grads,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  type Tensor3D,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Memory } from "../attention/index.js";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { selectState } from "./decoder-state.js";
import {
  caseOf,
  decoderOf,
  everythingOf,
  type Form,
  forms,
  inputSize,
  memoryLengths,
  tensorsOf,
  withTensors,
} from "./decoders.fixture.js";
import { mixedInputs } from "./free-running.js";
import { teacherForced } from "./targets.js";
import { type DecoderSource, TokenDecoder, type TokenDecoderOptions } from "./token-decoder.js";

/** Five rows: two memories are looked at twice, one by nobody's neighbour, in no order. */
const memoryOf = Int32Array.of(2, 0, 0, 2, 1);
const [rows, rowLengths] = [memoryOf.length, [3, 0, 2, 1, 3]];
const places = Array.from(memoryOf, (row) => memoryLengths[row] as number);

/** Everything that a run gives, and the gradients in all that goes in, over a memory that is shared, or copied first. */
function valuesAndGradients(form: Form, how: "shared" | "copied"): Tensor[] {
  const decoder = decoderOf(form);
  const { memory, initialState } = caseOf(decoder);
  const state = selectState(initialState, Int32Array.of(0, 1, 2, 0, 1));
  const states = tensorsOf(state);
  const run = ([input, values, ...given]: Tensor[]): Tensor => {
    const seen: Memory =
      how === "shared"
        ? { values: values as Tensor3D, lengths: memoryLengths }
        : { values: gather(values as Tensor3D, tensor1d(memoryOf, "int32")), lengths: places };
    return everythingOf(
      decoder.run(input as Tensor3D, seen, {
        lengths: rowLengths,
        initialState: withTensors(state, given.slice(0, states.length)),
        ...(how === "shared" ? { memoryOf } : {}),
      }),
    );
  };
  const inputs = [drawn(7, [rows, 3, inputSize]), memory?.values as Tensor, ...states];
  const all = [...inputs, ...decoder.parameters().map(({ variable }) => variable)];
  const value = run(inputs);
  const probe = drawn(31, value.shape);
  return [value, ...grads((...xs: Tensor[]) => sum(mul(run(xs), probe)))(all)];
}

const looking = Object.entries(forms).filter(([, { memorySize }]) => memorySize !== 0);
const options = (more: Partial<TokenDecoderOptions> = {}): TokenDecoderOptions => ({
  cell: "lstm",
  vocabularySize: 9,
  embedding: 3,
  hiddenSize: 4,
  memorySize: 5,
  score: "additive",
  attend: "before",
  gate: true,
  ...more,
  random: seeded(1),
});
const targets = teacherForced([[3, 4, 5], [6], [7, 8], [], [3, 3, 8, 7]], { begin: 1, end: 2 });
const values = (): Tensor3D => drawn<Tensor3D>(3, [3, 4, 5]);
const shared = (): DecoderSource => ({ memory: { values: values(), lengths: [4, 2, 3] }, memoryOf });
const copied = (): DecoderSource => ({
  memory: {
    values: gather(values(), tensor1d(memoryOf, "int32")),
    lengths: Array.from(memoryOf, (row) => [4, 2, 3][row] as number),
  },
});

function gradientsOf(decoder: TokenDecoder, loss: () => Scalar): Tensor[] {
  const variables = decoder.parameters().map(({ variable }) => variable);
  const { value, grads: found } = variableGrads(loss, variables);
  return [value, ...variables.map(({ name }) => found[name] as Tensor)];
}

function expectAlike(found: readonly Tensor[], expected: readonly Tensor[], tolerance: number): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((tensor, index) => {
    expectClose(tensor, expected[index] as Tensor, tolerance);
  });
}

describe.each(["cpu", "native"])("a memory that rows share, on %s", async (engine) => {
  const missing = await startEngine({ engine }).then(
    () => undefined,
    (failure: unknown) => String(failure),
  );
  if (missing !== undefined) console.warn(`shared memories on ${engine} are not tested: ${missing}`);

  describe.skipIf(missing !== undefined)("", () => {
    beforeAll(() => startEngine({ engine }));

    it.each(looking)("is as good as one that was copied, in value and gradient, %s", (_, form) => {
      tidy(() => {
        expectAlike(valuesAndGradients(form, "shared"), valuesAndGradients(form, "copied"), 1e-4);
      });
    });

    it("serves free steps and the penalty of looking unevenly as one that was copied", () => {
      tidy(() => {
        const decoder = scattered(new TokenDecoder(options({ doublyStochastic: 0.7 })), 2, 1);
        const mixing = { trueTokens: 0.4, random: seeded(5) };
        const [one, other] = [shared(), copied()].map((source) =>
          mixedInputs(decoder, targets, source, { ...mixing, random: seeded(5) }).arraySync(),
        );
        expect(one).toEqual(other);
        expect(one?.flat()).not.toEqual(Array.from(targets.inputs));
        const loss = (source: DecoderSource): Tensor[] =>
          gradientsOf(decoder, () => decoder.loss(targets, source, { ...mixing, random: seeded(5) }));
        expectAlike(loss(shared()), loss(copied()), 1e-4);
        const without = scattered(new TokenDecoder(options()), 2, 1);
        const plain = without.loss(targets, shared(), { ...mixing, random: seeded(5) });
        expect(loss(shared())[0]?.dataSync()[0]).toBeGreaterThan(plain.dataSync()[0] as number);
      });
    });

    it("refuses a row that names none of it, and rows without one", () => {
      const decoder = new TokenDecoder(options());
      const loss = (given: Int32Array) => () => decoder.loss(targets, { ...shared(), memoryOf: given });
      const refused = (code: string): Error => expect.objectContaining({ code }) as Error;
      expect(loss(Int32Array.of(0, 1, 2, 3, 0))).toThrow(refused("MEMORY_ROW"));
      expect(loss(Int32Array.of(0, 1, 2, -1, 0))).toThrow(refused("MEMORY_ROW"));
      expect(loss(Int32Array.of(0, 1, 2))).toThrow(refused("DECODER_MEMORY"));
    });

    it("weighs rows: the loss and its gradients are the sums by hand, rewards below zero and of zero included", () => {
      tidy(() => {
        const decoder = scattered(new TokenDecoder(options({ labelSmoothing: 0.3 })));
        const rowWeights = [2, -1.5, 0, 0.25, -3];
        const tokens = targets.lengths.reduce((total, length) => total + length, 0);
        const byHand = (): Scalar =>
          sum(mul(decoder.tokenLosses(targets, shared()), tensor2d(rowWeights, [rows, 1])));
        const weighted = gradientsOf(decoder, byHand).map((tensor) => mul(tensor, 1 / tokens));
        // Labels are not smoothed, though this is a loss to learn from.
        const found = gradientsOf(decoder, () =>
          decoder.loss(targets, shared(), { rowWeights, random: seeded(1) }),
        );
        expectAlike(found, weighted, 1e-4);
        const ones = decoder.loss(targets, shared(), { rowWeights: rowWeights.map(() => 1) });
        expectClose(ones, decoder.loss(targets, shared()), 1e-6);
      });
      const decoder = new TokenDecoder(options());
      expect(() => decoder.loss(targets, shared(), { rowWeights: [1, 2] })).toThrow(
        expect.objectContaining({ code: "DECODER_ROW_WEIGHTS" }) as Error,
      );
    });
  });
});
