import { type Random, seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { type Scalar, tensor1d } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type Point, SignProduct } from "./fixtures/sign-product.js";
import { trainingSettings } from "./settings.js";
import { MemoryStore } from "./store.js";
import { train, type TrainOptions } from "./train.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const settings = trainingSettings.parse({ epochs: 4, optimiser: { learningRate: 0.05 } });

/** A task whose targets are drawn before each step, by what the network says and by chance. */
class DrawnTargets extends SignProduct {
  readonly prepared: (readonly Point[])[] = [];
  readonly learnt: (readonly Point[])[] = [];

  async prepare(batch: readonly Point[], random: Random): Promise<readonly Point[]> {
    // Tensors may be read with await: nothing is tidied away meanwhile.
    const weights = await this.model.weights();
    const probe = tensor1d([...weights.values()].map(({ data }) => data[0] as number));
    const [first] = await probe.data();
    probe.dispose();
    const drawn = batch.map(({ input }) => ({ input, target: random.normal() + (first as number) }));
    this.prepared.push(drawn);
    return drawn;
  }

  override loss(batch: readonly Point[], random: Random): Scalar {
    this.learnt.push(batch);
    return super.loss(batch, random);
  }
}

/** A task that draws many numbers beforehand and changes nothing. */
class IdleDraws extends SignProduct {
  draws = 0;

  async prepare(batch: readonly Point[], random: Random): Promise<readonly Point[]> {
    for (let n = 0; n < 100; n++) random.bits();
    this.draws++;
    return Promise.resolve(batch);
  }
}

/** The weights at the end and all that was measured on the way, apart from times. */
async function resultOf(task: SignProduct, options: Partial<TrainOptions> = {}): Promise<unknown> {
  const { history } = await train(task, settings, { random: seeded(3), ...options });
  return {
    weights: await task.model.weights(),
    history: history.map((record) => ({ ...record, minutes: 0 })),
  };
}

describe("prepare", () => {
  it("is awaited, and the loss sees what it gives", async () => {
    const task = new DrawnTargets();
    await expectNoLeaks(() => resultOf(task));
    expect(task.prepared).toHaveLength(20);
    expect(task.learnt).toEqual(task.prepared);
  });

  it("has random numbers of its own: the loss draws what it draws without", async () => {
    const idle = new IdleDraws();
    expect(await resultOf(idle)).toEqual(await resultOf(new SignProduct()));
    expect(idle.draws).toBe(20);
  });

  it("draws others for each batch of each epoch", async () => {
    const task = new DrawnTargets();
    await resultOf(task);
    expect(new Set(task.prepared.map((batch) => batch[0]?.target)).size).toBe(20);
  });

  it("goes on to the same bits after an interruption", async () => {
    const whole = await resultOf(new DrawnTargets());
    for (const step of [1, 7, 10]) {
      const store = new MemoryStore();
      const stop = new AbortController();
      const onProgress: TrainOptions["onProgress"] = (p) => p.step === step && stop.abort();
      const broken = await resultOf(new DrawnTargets(), { store, signal: stop.signal, onProgress });
      expect(broken).not.toEqual(whole);
      expect(await resultOf(new DrawnTargets(), { store, resume: true })).toEqual(whole);
    }
  });

  it("stops training with its own error when it fails", async () => {
    const task = Object.assign(new SignProduct(), {
      prepare: () => Promise.reject(new Error("nothing to draw from")),
    });
    await expect(resultOf(task)).rejects.toThrow("nothing to draw from");
  });
});
