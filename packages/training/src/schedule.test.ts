import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learningRateAt, plateauAfter, plateauStart } from "./schedule.js";
import { type ScheduleSettings, trainingSettings } from "./settings.js";

const settingsOf = (schedule: Partial<ScheduleSettings>): ScheduleSettings =>
  trainingSettings.parse({ schedule }).schedule;

function rates(schedule: Partial<ScheduleSettings>, steps: number): number[] {
  const settings = settingsOf(schedule);
  return Array.from({ length: steps }, (_, step) =>
    learningRateAt(1, settings, { step, progress: step / steps }, plateauStart),
  );
}

describe("schedules", () => {
  it("constant holds", () => expect(rates({}, 3)).toEqual([1, 1, 1]));

  it("warmup rises evenly, then holds", () =>
    expect(rates({ kind: "warmup", warmupSteps: 4 }, 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]));

  it("noam peaks at the end of the warm-up and falls with the root", () => {
    const path = rates({ kind: "noam", warmupSteps: 4 }, 16);
    expect(path.slice(0, 4)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(path[15]).toBeCloseTo(0.5, 12);
  });

  it("linear and cosine fall to the minimum", () => {
    expect(rates({ kind: "linear", minimum: 0.2 }, 4)).toEqual(
      [1, 0.8, 0.6, 0.4].map((x) => expect.closeTo(x, 12)),
    );
    expect(rates({ kind: "cosine" }, 4)).toEqual(
      [1, 0.853553, 0.5, 0.146447].map((x) => expect.closeTo(x, 6)),
    );
    const end = { step: 9, progress: 1 };
    expect(learningRateAt(1, settingsOf({ kind: "cosine", minimum: 0.1 }), end, plateauStart)).toBeCloseTo(
      0.1,
      12,
    );
  });

  it("plateau falls after the patience is used up, counts anew, and stops at the minimum", () => {
    const settings = settingsOf({ kind: "plateau", patience: 2, factor: 0.1, minimum: 0.05 });
    let state = plateauStart;
    const path = [1, 1, 0, 2, 2, 2, 2, 2].map((score) => {
      state = plateauAfter(state, score, settings);
      return learningRateAt(1, settings, { step: 0, progress: 0 }, state);
    });
    expect(path).toEqual([1, 1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05]);
  });

  it("never leave the range from 0 to the peak", () => {
    const any = fc.record({
      kind: fc.constantFrom("constant", "plateau", "warmup", "noam", "cosine", "linear"),
      warmupSteps: fc.integer({ min: 1, max: 50 }),
      minimum: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(
        any,
        fc.nat(1000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (schedule, step, progress) => {
          const rate = learningRateAt(0.5, settingsOf(schedule), { step, progress }, plateauStart);
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(0.5);
        },
      ),
    );
  });
});
