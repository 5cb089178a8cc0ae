import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import {
  add,
  matMul,
  mul,
  type Scalar,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  valueAndGrads,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import { crossEntropy } from "./losses.js";
import { projectedCrossEntropy, projectedLosses } from "./projected-cross-entropy.js";

const started = await startEngine({ engine: "native" }).then(
  () => true,
  () => false,
);
if (!started) console.warn("the native engine is not built: the output layer's loss is tested on cpu only");

/** Loss and gradients in plain float64, straight from the formula. */
function byHand(
  hidden: Tensor2D,
  table: Tensor2D,
  bias: Tensor1D | undefined,
  targets: readonly number[],
  weights: readonly number[],
  smoothing: number,
) {
  const [h, e] = [hidden.arraySync(), table.arraySync()];
  const b = bias === undefined ? e.map(() => 0) : bias.arraySync();
  const classes = e.length;
  const dHidden = h.map((row) => row.map(() => 0));
  const dTable = e.map((row) => row.map(() => 0));
  const dBias = e.map(() => 0);
  let loss = 0;
  const losses = h.map((row, i) => {
    const logits = e.map((other, v) =>
      other.reduce((sum, x, n) => sum + x * (row[n] as number), b[v] as number),
    );
    const largest = Math.max(...logits);
    const partition = largest + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    let own = 0;
    logits.forEach((logit, v) => {
      const wanted = smoothing / classes + (v === targets[i] ? 1 - smoothing : 0);
      own += wanted * (partition - logit);
      const slope = (weights[i] as number) * (Math.exp(logit - partition) - wanted);
      dBias[v] = (dBias[v] as number) + slope;
      const [other, dOther, dRow] = [e[v], dTable[v], dHidden[i]] as [number[], number[], number[]];
      row.forEach((x, n) => {
        dOther[n] = (dOther[n] as number) + slope * x;
        dRow[n] = (dRow[n] as number) + slope * (other[n] as number);
      });
    });
    loss += (weights[i] as number) * own;
    return own;
  });
  return { loss, losses, dHidden: dHidden.flat(), dTable: dTable.flat(), dBias };
}

/** Sizes around the widths of vectors, tiles, panels and blocks of rows. */
const sizes = [
  [1, 1, 2],
  [3, 2, 5],
  [7, 16, 33],
  [9, 48, 97],
  [130, 20, 61],
  [300, 33, 70],
] as const;

describe.each(started ? ["cpu", "native"] : ["cpu"])("projectedCrossEntropy on %s", (name) => {
  beforeAll(() => startEngine({ engine: name as "cpu" }));

  it("has the values worked by hand", () => {
    const hidden = tensor2d([[1], [0]]);
    const table = tensor2d([[0], [Math.log(2)], [Math.log(3)], [Math.log(4)]]); // row 0 has tenths 1, 2, 3, 4
    // -ln 3/10 = 1.2039728 and ln 4 = 1.3862944; the mean of -ln of tenths is 1.5080715.
    expectClose(projectedCrossEntropy(hidden, table, undefined, [2, 0]), [1.2039728 + 1.3862944], 1e-6);
    const smooth = 0.9 * 1.2039728 + 0.1 * 1.5080715;
    expectClose(
      projectedLosses(hidden, table, undefined, [2, 0], { smoothing: 0.1 }),
      [smooth, 1.3862944],
      1e-6,
    );
    const options = { smoothing: 0.1, weights: [2, -1] };
    expectClose(
      projectedCrossEntropy(hidden, table, undefined, [2, 0], options),
      [2 * smooth - 1.3862944],
      1e-6,
    );
  });

  it.each(sizes)("equals plain loops for N %i, H %i, V %i, with gradients", (rows, size, classes) => {
    const random = seeded(rows + size + classes);
    const hidden = drawn<Tensor2D>(1, [rows, size]);
    const table = drawn<Tensor2D>(2, [classes, size]);
    const targets = Array.from({ length: rows }, () => random.integer(classes));
    const weights = Array.from({ length: rows }, (_, row) => (row % 3 === 1 ? 0 : random.normal()));
    for (const [bias, smoothing] of [
      [drawn<Tensor1D>(3, [classes]), 0.1],
      [undefined, 0],
    ] as const) {
      const f = (h: Tensor, e: Tensor, b?: Tensor): Scalar =>
        projectedCrossEntropy(h as Tensor2D, e as Tensor2D, b as Tensor1D | undefined, targets, {
          smoothing,
          weights,
        });
      const inputs = bias === undefined ? [hidden, table] : [hidden, table, bias];
      const { value, grads } = valueAndGrads(f as (...xs: Tensor[]) => Scalar)(inputs);
      const wanted = byHand(hidden, table, bias, targets, weights, smoothing);
      expectClose(value, [wanted.loss], 1e-4);
      expectClose(f(hidden, table, bias), [wanted.loss], 1e-4);
      expectClose(grads[0] as Tensor, wanted.dHidden, 1e-4);
      expectClose(grads[1] as Tensor, wanted.dTable, 1e-4);
      if (bias !== undefined) expectClose(grads[2] as Tensor, wanted.dBias, 1e-4);
      expectClose(projectedLosses(hidden, table, bias, targets, { smoothing }), wanted.losses, 1e-4);
    }
  });

  it("matches numeric gradients, also below another factor and for one tensor in two places", async () => {
    const f = (h: Tensor, e: Tensor): Tensor =>
      mul(projectedCrossEntropy(h as Tensor2D, e as Tensor2D, undefined, [2, 0], { smoothing: 0.2 }), 0.5);
    await expectGradients(f as (...xs: Tensor[]) => Tensor, [drawn(2, [2, 3]), drawn(3, [4, 3])]).within(
      1e-3,
    );
    const tied = (e: Tensor): Tensor =>
      projectedCrossEntropy(slice(e as Tensor2D, [1, 0], [2, 3]), e as Tensor2D, undefined, [2, 0]);
    await expectGradients(tied as (...xs: Tensor[]) => Tensor, [drawn(3, [4, 3])]).within(1e-3);
  });

  it("is the sum of crossEntropy over the logits", () => {
    const [hidden, table, bias] = [
      drawn<Tensor2D>(1, [6, 5]),
      drawn<Tensor2D>(2, [9, 5]),
      drawn<Tensor1D>(3, [9]),
    ];
    const targets = [8, 0, 3, 3, 5, 1];
    const logits: Tensor2D = add(matMul(hidden, table, false, true), bias);
    expectClose(projectedLosses(hidden, table, bias, targets), crossEntropy(logits, targets), 1e-5);
  });

  it("gives rows of weight 0 no say, whatever is in them", () => {
    const hidden = tensor2d([[NaN, Infinity], [1, 2], [1e30, 1e30]]); // prettier-ignore
    const table = drawn<Tensor2D>(2, [3, 2]);
    const f = (h: Tensor, e: Tensor): Scalar =>
      projectedCrossEntropy(h as Tensor2D, e as Tensor2D, undefined, [-1, 2, 99], { weights: [0, 1, 0] });
    const { value, grads } = valueAndGrads(f as (...xs: Tensor[]) => Scalar)([hidden, table]);
    const alone = byHand(tensor2d([[1, 2]]), table, undefined, [2], [1], 0);
    expectClose(value, [alone.loss], 1e-5);
    expectClose(grads[0] as Tensor, [0, 0, ...alone.dHidden, 0, 0], 1e-5);
    expectClose(grads[1] as Tensor, alone.dTable, 1e-5);
  });

  it.each([0, 2])("is 0 with gradients of zeros when none of %i rows counts", (rows) => {
    const inputs = [drawn(1, [rows, 3]), drawn(2, [4, 3]), drawn(3, [4])];
    const f = (h: Tensor, e: Tensor, b: Tensor): Scalar =>
      projectedCrossEntropy(h as Tensor2D, e as Tensor2D, b as Tensor1D, new Int32Array(rows), {
        weights: new Float32Array(rows),
      });
    const { value, grads } = valueAndGrads(f as (...xs: Tensor[]) => Scalar)(inputs);
    expectClose(value, [0], 0);
    for (const [n, slope] of grads.entries()) expectClose(slope, new Float32Array(inputs[n]?.size ?? 0), 0);
  });

  it("stays finite for logits far apart", () => {
    const [hidden, table] = [tensor2d([[1e4]]), tensor2d([[1], [-1]])];
    expectClose(projectedLosses(hidden, table, undefined, [1]), [2e4], 1e-6);
    expectClose(projectedLosses(hidden, table, undefined, [0]), [0], 1e-9);
  });

  it("refuses what does not fit", () => {
    const [hidden, table] = [drawn<Tensor2D>(1, [2, 3]), drawn<Tensor2D>(2, [4, 3])];
    const refused = (code: string): Error => expect.objectContaining({ code }) as Error;
    const loss =
      (targets: number[], options = {}, bias?: Tensor1D) =>
      () =>
        projectedCrossEntropy(hidden, table, bias, targets, options);
    for (const targets of [[0], [0, 1, 2], [0, 4], [0, -1], [0, 0.5]]) {
      expect(loss(targets)).toThrow(refused("LOSS_TARGETS"));
    }
    for (const weights of [[1], [1, NaN], [1, Infinity]]) {
      expect(loss([0, 1], { weights })).toThrow(refused("LOSS_WEIGHTS"));
    }
    for (const smoothing of [-0.1, 1, NaN]) {
      expect(loss([0, 1], { smoothing })).toThrow(refused("LOSS_SMOOTHING"));
    }
    expect(loss([0, 1], {}, tensor1d([1, 2]))).toThrow(refused("LOSS_PROJECTION"));
    for (const other of [drawn<Tensor2D>(2, [4, 2]), drawn<Tensor2D>(2, [1, 3])]) {
      expect(() => projectedCrossEntropy(hidden, other, undefined, [0, 0])).toThrow(
        refused("LOSS_PROJECTION"),
      );
    }
  });

  it("leaves nothing behind but its results", async () => {
    const [hidden, table, bias] = [
      drawn<Tensor2D>(1, [3, 4]),
      drawn<Tensor2D>(2, [5, 4]),
      drawn<Tensor1D>(3, [5]),
    ];
    const run = (h: Tensor, e: Tensor, b: Tensor): Scalar =>
      projectedCrossEntropy(h as Tensor2D, e as Tensor2D, b as Tensor1D, [0, 1, 2], { weights: [1, 0, 1] });
    await expectNoLeaks(() => void run(hidden, table, bias), { keeps: 1 });
    await expectNoLeaks(() => void projectedLosses(hidden, table, bias, [0, 1, 2]), { keeps: 1 });
    const gradients = valueAndGrads(run as (...xs: Tensor[]) => Scalar);
    await expectNoLeaks(() => void gradients([hidden, table, bias]), { keeps: 4 });
  });
});
