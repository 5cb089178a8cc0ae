import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { everySequence, expectClose, expectGradients, expectNoLeaks, logSum } from "@timestep/testing";
import { add, grad, log, softmax, sum, type Tensor3D, tensor, tidy } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { collapse, ctcMinimumLength } from "./labels.js";
import { ctcLoss } from "./loss.js";

await startEngine({ engine: "cpu" });

function normals(seed: number, shape: [number, number, number], spread = 1): Tensor3D {
  const random = seeded(seed);
  const size = shape[0] * shape[1] * shape[2];
  return tensor(
    Float32Array.from({ length: size }, () => spread * random.normal()),
    shape,
  );
}

/** -ln of the sum over every path of one row that collapses to the labels. */
function enumerated(
  logits: Tensor3D,
  b: number,
  length: number,
  labels: readonly number[],
  blank: number,
): number {
  const logs = tidy(() => log(softmax(logits)).arraySync()[b]) as number[][];
  const wanted = labels.join();
  const terms = everySequence(logits.shape[2], length)
    .filter((path) => collapse(path, blank).join() === wanted)
    .map((path) => path.reduce((total, symbol, t) => total + (logs[t]?.[symbol] as number), 0));
  return -logSum(terms);
}

describe.each([0, 1, 2])("with blank %i, against every alignment", (blank) => {
  const [one, two] = [0, 1, 2].filter((symbol) => symbol !== blank) as [number, number];
  const rows: [string, number, number[]][] = [
    ["no labels", 4, []],
    ["one label", 3, [one]],
    ["one label in one frame", 1, [one]],
    ["two labels", 5, [one, two]],
    ["a repeat", 5, [two, two]],
    ["labels as many as frames", 3, [one, two, one]],
    ["a repeat without a frame to spare", 5, [one, one, two, one]],
    ["no frames and no labels", 0, []],
  ];

  it("gives the loss of each row of a padded batch", () => {
    const logits = normals(blank + 1, [rows.length, 5, 3], 2);
    const labels = rows.map(([, , row]) => row);
    const lengths = rows.map(([, length]) => length);
    const wanted = rows.map(([, length, row], b) => enumerated(logits, b, length, row, blank));
    expect(wanted.every(Number.isFinite)).toBe(true);
    expectClose(ctcLoss(logits, { labels, lengths, blank }), wanted, 1e-5);
  });

  it.each(rows)("has the gradient of %s, and zeros past the end", async (_, length, labels) => {
    const logits = normals(blank + 9, [1, 6, 3]);
    const loss = (x: Tensor3D) => ctcLoss(x, { labels: [labels], lengths: [length], blank });
    await expectGradients((x) => loss(x as Tensor3D), [logits]).within(2e-3);
    const gradient = grad((x) => sum(loss(x as Tensor3D)))(logits).dataSync();
    expect([...gradient.slice(length * 3)]).toEqual(Array<number>((6 - length) * 3).fill(0));
  });
});

describe("properties", () => {
  const random = seeded(3);
  const [batch, time, classes] = [4, 30, 7];
  const logits = normals(4, [batch, time, classes], 2);
  const labels = Array.from({ length: batch }, (_, b) =>
    Array.from({ length: 3 * b }, () => 1 + random.integer(classes - 1)),
  );
  const lengths = labels.map((row, b) => Math.max(ctcMinimumLength(row), time - 5 * b));

  it("a constant added to a frame changes nothing", () => {
    const shifts = Float32Array.from({ length: batch * time }, () => 3 * random.normal());
    const shifted = add(logits, tensor(shifts, [batch, time, 1])) as Tensor3D;
    expectClose(ctcLoss(shifted, { labels, lengths }), ctcLoss(logits, { labels, lengths }), 1e-6);
  });

  it("the gradient of a frame adds up to 0", () => {
    const gradient = grad((x) => sum(ctcLoss(x as Tensor3D, { labels, lengths })))(logits);
    const totals = sum(gradient, -1).dataSync();
    expect(Math.max(...totals.map(Math.abs))).toBeLessThan(1e-6);
    expect(Math.max(...gradient.dataSync().map(Math.abs))).toBeGreaterThan(0.1);
  });

  it("the probabilities of all labellings add up to 1", () => {
    const small = normals(5, [1, 3, 3]);
    const every = [0, 1, 2, 3].flatMap((length) =>
      everySequence(2, length).map((row) => row.map((symbol) => symbol + 1)),
    );
    const losses = every.map(
      (row) =>
        ctcLoss(small, { labels: [row], lengths: [3], infeasible: "infinity" }).dataSync()[0] as number,
    );
    expect(losses.filter((loss) => loss === Infinity)).toHaveLength(6); // three labels with a repeat among them
    expect(losses.reduce((total, loss) => total + Math.exp(-loss), 0)).toBeCloseTo(1, 6);
  });

  it("stays exact where probabilities leave the range of a float64", () => {
    const long = normals(6, [1, 400, 5], 30);
    const row = { labels: [[1, 2, 2, 4]], lengths: [400] };
    const loss = ctcLoss(long, row).dataSync()[0] as number;
    expect(loss).toBeGreaterThan(2000); // e^-2000 is 0 in float64
    const gradient = grad((x) => sum(ctcLoss(x as Tensor3D, row)))(long);
    expect(Math.max(...sum(gradient, -1).dataSync().map(Math.abs))).toBeLessThan(1e-5);
  });

  it("leaves no tensors behind", () =>
    expectNoLeaks(() => {
      tidy(() => void grad((x) => sum(ctcLoss(x as Tensor3D, { labels, lengths })))(logits));
    }));
});
