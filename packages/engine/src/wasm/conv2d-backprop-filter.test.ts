import { expectClose, expectNoLeaks } from "@timestep/testing";
import { conv1d, conv2d, grad, sum, type Tensor, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { startEngine } from "../engine.js";
import { type Copy, drawn, onBoth, valueAndGradients } from "./both-engines.fixture.js";

type Pad = "same" | "valid" | number;

interface Case {
  /** [N, height, width, inChannels] */
  readonly image: [number, number, number, number];
  /** [height, width, inChannels, outChannels] */
  readonly filter: [number, number, number, number];
  readonly strides: [number, number];
  readonly pad: Pad;
}

const cases: Case[] = (["same", "valid"] as const).flatMap((pad) =>
  (
    [
      [1, 1],
      [2, 2],
      [1, 3],
    ] as [number, number][]
  ).flatMap((strides): Case[] => [
    { image: [2, 6, 7, 3], filter: [3, 3, 3, 4], strides, pad },
    { image: [1, 5, 8, 2], filter: [2, 3, 2, 1], strides, pad }, // an even side pads unevenly
  ]),
);

// With padding by a number TF.js takes the height of filter and stride for both axes, so these are square.
const square: Case[] = [1, 2].map((stride) => ({
  image: [2, 6, 7, 3],
  filter: [3, 3, 3, 4],
  strides: [stride, stride],
  pad: 1,
}));

describe("Conv2DBackpropFilter", () => {
  it.each([
    ...cases,
    ...square,
    { image: [2, 4, 4, 1], filter: [1, 1, 1, 5], strides: [1, 1], pad: "same" } satisfies Case,
    { image: [1, 3, 3, 2], filter: [3, 3, 2, 2], strides: [1, 1], pad: "valid" } satisfies Case, // one output pixel
  ])("has the value and gradients of cpu: $image with $filter, strides $strides, pad $pad", async (given) => {
    const { image, filter, strides, pad } = given;
    const f = (x: Tensor, w: Tensor): Tensor =>
      conv2d(x as Tensor4D, w as Tensor4D, strides, pad, "NHWC", [1, 1], pad === 1 ? "floor" : undefined);
    const { cpu, wasm } = await onBoth(() =>
      valueAndGradients(f as (...xs: Tensor[]) => Tensor, [drawn(1, image), drawn(2, filter)]),
    );
    expect(wasm).toHaveLength(3);
    wasm.forEach((found, n) => {
      expectClose(found, cpu[n] as Copy, 1e-5);
    });
  });

  it("serves one axis too, as convolutions over characters use it", async () => {
    const f = (x: Tensor, w: Tensor): Tensor => conv1d(x as Tensor3D, w as Tensor3D, 1, "same");
    const { cpu, wasm } = await onBoth(() =>
      valueAndGradients(f as (...xs: Tensor[]) => Tensor, [drawn(3, [2, 9, 4]), drawn(4, [3, 4, 5])]),
    );
    wasm.forEach((found, n) => {
      expectClose(found, cpu[n] as Copy, 1e-5);
    });
  });

  it("leaves nothing behind but the gradient", async () => {
    await startEngine({ engine: "wasm" });
    const x = drawn(5, [1, 4, 4, 2]) as Tensor4D;
    const w = drawn(6, [3, 3, 2, 2]);
    const slope = grad((filter: Tensor) => sum(conv2d(x, filter as Tensor4D, 1, "same")));
    await expectNoLeaks(() => void slope(w), { keeps: 1 });
  });
});
