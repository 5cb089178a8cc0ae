import { seeded } from "@timestep/base";
import { ctcLoss } from "@timestep/core";
import { dispose, sum, type Tensor3D, variableGrads } from "@tensorflow/tfjs-core";
import type { Contest } from "./comparison.js";
import { randomVariable, finish } from "./rnn.js";
import { medianMilliseconds } from "./timing.js";

const [B, T, C, L] = [32, 200, 64, 30];

/** CTC over B rows of T steps, C classes with the blank and L labels: log-softmax, loss and gradient. */
export function ctcContest(seconds: number): Contest {
  return {
    name: `ctc train T${T} B${B} C${C} L${L}`,
    unit: "ms",
    script: "torch_rnn.py",
    request: { kind: "ctc", B, T, C, L, seconds },
    ours: () => timeCtc(seconds),
  };
}

async function timeCtc(seconds: number): Promise<number> {
  const random = seeded(1);
  const logits = randomVariable([B, T, C], random.fork("logits"));
  const labels = Array.from({ length: B }, () => Array.from({ length: L }, () => 1 + random.integer(C - 1)));
  const lengths = Array<number>(B).fill(T);
  const run = async (): Promise<void> => {
    const { value, grads } = variableGrads(
      () => sum(ctcLoss(logits as Tensor3D, { labels, lengths })),
      [logits],
    );
    await finish([value, ...Object.values(grads)]);
  };
  const milliseconds = await medianMilliseconds(run, { seconds });
  dispose(logits);
  return milliseconds;
}
