// Trains a small tagger on the native engine, 500 steps, and prints as JSON what memory it used every 50 of them.
import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import {
  backend,
  mean,
  reshape,
  type Scalar,
  type Tensor2D,
  type Tensor3D,
  tidy,
  train,
} from "@tensorflow/tfjs-core";
import { crossEntropy, Dense, Embedding } from "../layers/index.js";
import { Bidirectional } from "./bidirectional.js";
import { LstmCell } from "./lstm-cell.js";
import { Recurrent } from "./recurrent.js";

/** What the process and the engine hold after a number of steps. */
export interface MemoryUsed {
  readonly step: number;
  readonly residentBytes: number;
  /** Pages that the system has brought in since the start. */
  readonly pageFaults: number;
  readonly keptBytes: number;
  readonly allocatedBytes: number;
}

const [batch, time, words, tags, size] = [16, 20, 100, 12, 64];
await startEngine({ engine: "native", threads: 2 });
const random = seeded(1);
const embedding = new Embedding({ vocabularySize: words, size, random });
const direction = (): Recurrent<LstmCell> =>
  new Recurrent(new LstmCell({ inputSize: size, hiddenSize: size, random }));
const encoder = new Bidirectional(direction(), direction());
const head = new Dense({ inputSize: 2 * size, outputSize: tags, random });
const optimiser = train.adam(0.01);

function loss(): Scalar {
  const ids = Int32Array.from({ length: batch * time }, () => random.integer(words));
  const lengths = Array.from({ length: batch }, () => 1 + random.integer(time));
  const { output } = encoder.run(embedding.lookup(ids, [batch, time]) as Tensor3D, { lengths });
  const logits = reshape(head.apply(output), [batch * time, tags]) as Tensor2D;
  return mean(crossEntropy(logits, ids.map((id) => id % tags))); // prettier-ignore
}

const used: MemoryUsed[] = [];
for (let step = 1; step <= 500; step++) {
  tidy(() => void optimiser.minimize(loss));
  if (step % 50 !== 0) continue;
  const { keptBytes, allocatedBytes } = (
    backend() as unknown as { recycled: Pick<MemoryUsed, "keptBytes" | "allocatedBytes"> }
  ).recycled;
  const { minorPageFault: pageFaults } = process.resourceUsage();
  used.push({ step, residentBytes: process.memoryUsage().rss, pageFaults, keptBytes, allocatedBytes });
}
console.log(JSON.stringify(used));
