import { describe, expect, it } from "vitest";
import { findTorch, TorchProcess } from "./torch-process.js";

const torch = findTorch();
if (torch === undefined) console.warn("tests of the PyTorch side are skipped: no PyTorch here");

describe.skipIf(torch === undefined)("the PyTorch side", () => {
  it("times a layer both ways, and CTC", async () => {
    const python = new TorchProcess(torch as NonNullable<typeof torch>, "torch_rnn.py", 1);
    const sizes = { T: 3, B: 2, I: 4, H: 5, bidirectional: true, seconds: 0.01 };
    for (const request of [
      { kind: "rnn", cell: "lstm", mode: "train", ...sizes },
      { kind: "rnn", cell: "gru", mode: "infer", ...sizes },
      { kind: "ctc", T: 8, B: 2, C: 5, L: 3, seconds: 0.01 },
    ]) {
      expect((await python.ask<{ milliseconds: number }>(request)).milliseconds).toBeGreaterThan(0);
    }
    await python.stop();
  });

  it("says so when the script ends without an answer", async () => {
    const python = new TorchProcess(torch as NonNullable<typeof torch>, "no_such_script.py", 1);
    await expect(python.ask({})).rejects.toThrow("no_such_script.py ended with exit code 2");
    await python.stop();
  });
});
