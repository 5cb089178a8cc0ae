import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { grad, softmax, sum, type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import { crossEntropy } from "./losses.js";

const started = await startEngine({ engine: "native" }).then(
  () => true,
  () => false,
);
if (!started) console.warn("the native engine is not built: cross-entropy is tested on cpu only");

describe.each(started ? ["cpu", "native"] : ["cpu"])("crossEntropy on %s", (name) => {
  beforeAll(() => startEngine({ engine: name as "cpu" }));

  it("has the values worked by hand", () => {
    const logits = tensor2d([
      [0, 0, 0, 0], // every class has 1/4: ln 4 = 1.3862944
      [Math.log(1), Math.log(2), Math.log(3), Math.log(4)], // class 2 has 3/10: ln 10/3 = 1.2039728
      [100, 0, 0, 0], // class 1 has about e^-100
    ]);
    expectClose(crossEntropy(logits, [3, 2, 1]), [1.3862944, 1.2039728, 100], 1e-6);
  });

  it("has the gradient softmax - one-hot", () => {
    const logits = drawn<Tensor2D>(1, [3, 4]);
    const targets = [0, 3, 3];
    const slope = grad((x: Tensor) => sum(crossEntropy(x as Tensor2D, targets)))(logits) as Tensor2D;
    const wanted = (softmax(logits) as Tensor2D)
      .arraySync()
      .map((row, n) => row.map((p, k) => p - (k === targets[n] ? 1 : 0)));
    expectClose(slope, wanted.flat(), 1e-5);
  });

  it("matches numeric gradients", async () => {
    const f = (x: Tensor): Tensor => crossEntropy(x as Tensor2D, [2, 0, 1]);
    await expectGradients(f as (...xs: Tensor[]) => Tensor, [drawn(2, [3, 4])]).within(1e-3);
  });

  it("stays finite for logits far apart", () => {
    const logits = tensor2d([[1e4, -1e4]]);
    expect(crossEntropy(logits, [1]).dataSync()[0]).toBe(2e4);
    expect(crossEntropy(logits, [0]).dataSync()[0]).toBeCloseTo(0, 9);
  });

  it.each([
    ["too few", [0, 1]],
    ["too many", [0, 1, 2, 3]],
    ["a class that is not there", [0, 4, 1]],
    ["a negative one", [0, -1, 1]],
    ["a fraction", [0, 0.5, 1]],
  ])("refuses targets: %s", (_, targets) => {
    const refused = expect.objectContaining({ code: "LOSS_TARGETS" }) as Error;
    expect(() => crossEntropy(drawn(1, [3, 4]), targets)).toThrow(refused);
  });

  it("leaves nothing behind but its result", async () => {
    const logits = drawn<Tensor2D>(1, [3, 4]);
    await expectNoLeaks(() => void crossEntropy(logits, [0, 1, 2]), { keeps: 1 });
  });
});
