import { describe, expect, it } from "vitest";
import { memoryIo } from "../fixtures/memory-io.js";
import { formatEvaluation, formatFigures, formatSeconds, progressReporter } from "./progress.js";

describe("progress", () => {
  it.each([
    [0, "0s"],
    [59.4, "59s"],
    [80, "1m 20s"],
    [7500, "2h 05m"],
    [Number.NaN, "?"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it("shows rate, time left, loss and score", () => {
    const figures = { note: "epoch 3/30", rate: 812.3, secondsLeft: 80, loss: 0.21349, score: 94.1 };
    expect(formatFigures(figures)).toBe("epoch 3/30, 812/s, 1m 20s left, loss 0.213, best 94.10");
  });

  it("writes an evaluation as one line", () => {
    const record = {
      ...{ epoch: 3, step: 420, loss: 0.21, gradientNorm: 1, learningRate: 0.1, skipped: 0 },
      ...{ score: 94.1, metrics: { slotF1: 94.1, intentAccuracy: 97.4 }, best: true, minutes: 0.81 },
    };
    expect(formatEvaluation(record)).toBe(
      "epoch 3  loss 0.210  slotF1 94.10  intentAccuracy 97.40  (best)  0.8 min",
    );
  });

  it("draws on a terminal only, and not with --quiet", async () => {
    for (const [terminal, quiet, speaks] of [
      [true, false, true],
      [true, true, false],
      [false, false, false],
    ] as const) {
      const io = memoryIo({ cwd: "/", terminal });
      const progress = await progressReporter(io.stderr, quiet);
      progress.stage("training", 10);
      progress.step(5, { loss: 1 });
      progress.line("epoch 1");
      progress.end();
      expect(io.err().includes("epoch 1")).toBe(speaks);
      expect(io.err() === "").toBe(!speaks);
      expect(io.out()).toBe("");
    }
  });
});
