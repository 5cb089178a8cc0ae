import { describe, expect, it } from "vitest";
import { samplingKinds, samplingSettings, trueShare } from "./scheduled-sampling.js";

describe("trueShare", () => {
  it.each(samplingKinds)("%s starts near 1, never rises, and ends at the least share", (kind) => {
    const sampling = { kind, least: 0.25, speed: 40 };
    const shares = [0, 10, 20, 40, 80, 400, 4000].map((steps) => trueShare(sampling, steps));
    expect(shares[0]).toBeGreaterThan(0.95);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.at(-1)).toBe(kind === "none" ? 1 : 0.25);
  });

  it.each(samplingKinds)("%s takes every speed that settings may have", (kind) => {
    expect(trueShare({ kind, least: 0, speed: 1 }, 3)).toBeGreaterThanOrEqual(0);
    expect(samplingSettings.safeParse({ kind, speed: 1 }).success).toBe(true);
    expect(samplingSettings.safeParse({ kind, speed: 0.5 }).success).toBe(false);
  });

  it("falls in a straight line over as many steps as asked", () => {
    expect(trueShare({ kind: "linear", least: 0.5, speed: 100 }, 50)).toBeCloseTo(0.75);
    expect(trueShare({ kind: "linear", least: 0.5, speed: 100 }, 100)).toBeCloseTo(0.5);
  });
});
