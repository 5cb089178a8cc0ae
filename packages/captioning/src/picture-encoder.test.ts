import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectGradients, expectNoLeaks } from "@timestep/testing";
import { type Tensor } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { PictureEncoder } from "./picture-encoder.js";
import { captioningSettings, type PartialCaptioningSettings } from "./settings.js";

beforeAll(() => startEngine());

const settingsOf = (picture: PartialCaptioningSettings["picture"]) =>
  captioningSettings.parse({ picture }).picture;
const encoderOf = (shape: [number, number, number], picture: PartialCaptioningSettings["picture"]) =>
  new PictureEncoder(shape, settingsOf(picture), seeded(1));
const picturesOf = (count: number, [height, width, channels]: readonly [number, number, number]) => {
  const random = seeded(3);
  const values = Float32Array.from({ length: count * height * width * channels }, () => random.normal());
  return { count, values };
};

describe("PictureEncoder", () => {
  it("has a vector for each place: features mapped, or as they are, or what layers make of pixels", () => {
    const mapped = encoderOf([7, 7, 20], { size: 6 });
    expect([mapped.places, mapped.size]).toEqual([49, 6]);
    expect(mapped.encode(picturesOf(2, [7, 7, 20]), 0, undefined).shape).toEqual([2, 49, 6]);
    const asTheyAre = encoderOf([1, 2, 3], { size: 0 });
    const values = Float32Array.of(1, -2, 3, 4, 5, -6);
    expect(asTheyAre.encode({ count: 1, values }, 0, undefined).arraySync()).toEqual([
      [
        [1, -2, 3],
        [4, 5, -6],
      ],
    ]);
    expect(asTheyAre.parameters()).toEqual([]);
    const trained = encoderOf([16, 8, 3], { encoder: "trained", channels: [4, 5], size: 6 });
    // Each layer halves the sides: 16 to 8 to 4, 8 to 4 to 2.
    expect([trained.rows, trained.columns, trained.places, trained.size]).toEqual([4, 2, 8, 6]);
    expect(trained.encode(picturesOf(3, [16, 8, 3]), 0, undefined).shape).toEqual([3, 8, 6]);
    const odd = encoderOf([13, 9, 3], { encoder: "trained", channels: [4, 5], size: 6 });
    expect(odd.encode(picturesOf(1, [13, 9, 3]), 0, undefined).shape).toEqual([1, odd.places, 6]);
    const open = encoderOf([16, 8, 3], { encoder: "trained", channels: [4, 5], size: 0 });
    expect(open.size).toBe(5);
  });

  it("refuses pictures that are too small for its layers", () => {
    const small = (): PictureEncoder => encoderOf([16, 7, 3], { encoder: "trained", channels: [4, 4, 4] });
    expect(small).toThrow(expect.objectContaining({ code: "PICTURE_TOO_SMALL" }) as Error);
    expect(() => encoderOf([8, 8, 3], { encoder: "trained", channels: [4, 4, 4] })).not.toThrow();
  });

  it.each<[string, PartialCaptioningSettings["picture"]]>([
    ["of features", { size: 3, positions: true }],
    ["of pixels", { encoder: "trained", channels: [2, 3], size: 3, positions: true }],
  ])("matches numeric gradients %s", async (_, picture) => {
    const encoder = encoderOf([5, 4, 2], picture);
    const random = seeded(4);
    const values = encoder.parameters().map(({ path, variable: { shape, size } }) => {
      // All biases well above 0, so that no rectifier turns within a numeric step.
      const lift = path.endsWith("bias") ? 4 : 0;
      return [
        path,
        { shape, data: Float32Array.from({ length: size }, () => lift + 0.3 * random.normal()) },
      ] as const;
    });
    encoder.loadWeights(new Map(values));
    const pictures = picturesOf(2, [5, 4, 2]);
    const f = (): Tensor => encoder.encode(pictures, 0, undefined);
    const variables = encoder.parameters().map(({ variable }) => variable);
    await expectGradients(f, variables, { sample: 24 }).within(3e-3);
  });

  it("drops the same features at all places of a picture, and others of the next", async () => {
    const encoder = encoderOf([2, 2, 30], { size: 0 });
    const pictures = { count: 2, values: new Float32Array(240).fill(1) };
    const dropped = encoder.encode(pictures, 0.5, seeded(1));
    const [one, other] = dropped.arraySync() as [number[][], number[][]];
    for (const places of [one, other]) {
      expect(new Set(places.map(String)).size).toBe(1);
      expect(new Set(places[0])).toEqual(new Set([0, 2]));
    }
    expect(one[0]).not.toEqual(other[0]);
    dropped.dispose();
    await expectNoLeaks(() => void encoder.encode(pictures, 0.5, seeded(1)), { keeps: 1 });
  });
});
