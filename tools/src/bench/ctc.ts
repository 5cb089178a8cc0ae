import type { Contest } from "./comparison.js";

const [B, T, C, L] = [32, 200, 64, 30];

/** CTC over B rows of T steps, C classes with the blank and L labels: log-softmax, loss and gradient. */
export function ctcContest(seconds: number): Contest {
  return {
    name: `ctc train T${T} B${B} C${C} L${L}`,
    unit: "ms",
    script: "torch_rnn.py",
    request: { kind: "ctc", B, T, C, L, seconds },
    ours: undefined,
  };
}
