import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { grad, ones, sum, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { dropout } from "./dropout.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const shape: [number, number, number] = [20, 10, 50];
const numbers = (x: Tensor): number[] => Array.from(x.dataSync());

describe("dropout", () => {
  it("is off at rate 0 and without a source of random numbers", () => {
    const x = ones(shape);
    expect(dropout(x, { rate: 0, random: seeded(1) })).toBe(x);
    expect(dropout(x, { rate: 0.5, random: undefined })).toBe(x);
    expect(dropout(x, { rate: 0.5, random: seeded(1) })).not.toBe(x);
  });

  it.each([0.1, 0.5, 0.9])("drops a share of %d and keeps the expectation", (rate) => {
    const values = numbers(dropout(ones(shape), { rate, random: seeded(2) }));
    const dropped = values.filter((value) => value === 0).length / values.length;
    const deviation = Math.sqrt((rate * (1 - rate)) / values.length);
    expect(Math.abs(dropped - rate)).toBeLessThan(4 * deviation);
    const kept = new Set(values.filter((value) => value !== 0));
    expect([...kept]).toEqual([Math.fround(1 / (1 - rate))]);
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - rate));
  });

  it("has one mask for all steps of a row when variational, another for each step when standard", () => {
    const rows = (kind: "standard" | "variational"): number[][][] =>
      (dropout(ones(shape), { rate: 0.5, kind, random: seeded(3) }) as Tensor3D).arraySync();
    const masks = rows("variational").map((steps) => {
      for (const step of steps) expect(step).toEqual(steps[0]);
      return String(steps[0]);
    });
    expect(new Set(masks).size).toBe(20); // rows differ
    for (const steps of rows("standard")) expect(new Set(steps.map(String)).size).toBe(10);
  });

  it("draws the same mask for the same seed, and goes on to another with the same source", () => {
    const run = (random: ReturnType<typeof seeded>): number[] =>
      numbers(dropout(ones(shape), { rate: 0.5, random }));
    const random = seeded(4);
    const first = run(random);
    expect(run(seeded(4))).toEqual(first);
    expect(run(random)).not.toEqual(first);
  });

  it("passes gradients through what it kept", () => {
    const x = ones([4, 6]);
    const mask = dropout(x, { rate: 0.5, random: seeded(5) });
    const slope = grad((given: Tensor) => sum(dropout(given, { rate: 0.5, random: seeded(5) })))(x);
    expectClose(slope, mask, 0);
    expect(numbers(slope)).toContain(0);
  });

  it.each([-0.1, 1, 1.5, NaN])("refuses a rate of %d, also when it is off", (rate) => {
    const refused = expect.objectContaining({ code: "DROPOUT_RATE" }) as Error;
    expect(() => dropout(ones([1]), { rate, random: seeded(1) })).toThrow(refused);
    expect(() => dropout(ones([1]), { rate, random: undefined })).toThrow(refused);
  });

  it("leaves nothing behind but its result", async () => {
    const x = ones(shape);
    await expectNoLeaks(() => void dropout(x, { rate: 0.5, random: seeded(6) }), { keeps: 1 });
  });
});
