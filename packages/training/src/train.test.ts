import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { mul, type Scalar, sum } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type Point, SignProduct } from "./fixtures/sign-product.js";
import { loadWeights, runFiles } from "./run.js";
import { decodeSafetensors } from "./safetensors.js";
import { trainingSettings } from "./settings.js";
import { MemoryStore } from "./store.js";
import { train } from "./train.js";
import { type Evaluation, type TrainingProgress } from "./trainee.js";

const random = seeded(7);
const settings = trainingSettings.parse({ epochs: 6, optimiser: { learningRate: 0.05 } });

/** A trainee whose scores are given beforehand. */
class Scripted extends SignProduct {
  evaluations = 0;
  constructor(private readonly scores: readonly number[]) {
    super();
  }

  override async evaluate(): Promise<Evaluation> {
    return { score: this.scores[this.evaluations++] ?? 0, metrics: {} };
  }
}

/** A trainee whose loss is what `wrong` says at the given steps. */
class Spoilt extends SignProduct {
  taken = 0;
  constructor(private readonly wrong: (step: number) => boolean) {
    super();
  }

  override loss(batch: readonly Point[], source: ReturnType<typeof seeded>): Scalar {
    const loss = super.loss(batch, source);
    return this.wrong(++this.taken) ? mul<Scalar>(loss, Number.NaN) : loss;
  }
}

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("train", () => {
  it("learns, and keeps no tensors", async () => {
    const task = new SignProduct();
    const before = await task.evaluate();
    await expectNoLeaks(async () => {
      const { bestScore, reason, steps, weights } = await train(
        task,
        trainingSettings.parse({ epochs: 40, optimiser: { learningRate: 0.03 } }),
        { random },
      );
      expect({ reason, steps, weights }).toEqual({ reason: "epochs", steps: 200, weights: "best" });
      expect(bestScore).toBeGreaterThan(before.score / 4);
    });
    const after = await task.evaluate();
    expect(after.metrics["accuracy"]).toBeGreaterThanOrEqual(80);
  });

  it("gives the same bits for the same seed and others for another", async () => {
    const weightsFor = async (seed: number) => {
      const task = new SignProduct();
      await train(task, settings, { random: seeded(seed) });
      return task.model.weights();
    };
    const first = await weightsFor(1);
    expect(await weightsFor(1)).toEqual(first);
    expect(await weightsFor(2)).not.toEqual(first);
  });

  it("ends with the weights of the best evaluation and saves them", async () => {
    const store = new MemoryStore();
    const scores = [1, 5, 2, 4, 3, 0];
    const task = new SignProduct();
    const seen: Map<string, unknown>[] = [];
    const spied = Object.assign(task, {
      evaluate: async () => {
        seen.push(await task.model.weights());
        return { score: scores[seen.length - 1] as number, metrics: { a: Number.NaN } };
      },
    });
    const outcome = await train(spied, settings, { random, store });
    expect(outcome).toMatchObject({ bestScore: 5, bestEpoch: 2, reason: "epochs" });
    expect(await task.model.weights()).toEqual(seen[1]);
    const other = new SignProduct(99);
    await loadWeights(store, other.model);
    expect(await other.model.weights()).toEqual(seen[1]);
    const lines = new TextDecoder()
      .decode(await store.read(runFiles.metrics))
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { score: number }).score)).toEqual(scores);
  });

  it("keeps the k best sets of weights and no others", async () => {
    const store = new MemoryStore();
    const kept = trainingSettings.parse({ ...settings, keepBest: 3 });
    await train(new Scripted([1, 5, 2, 4, 4, 0]), kept, { random, store });
    expect((await store.list()).filter((name) => name.includes("best"))).toEqual([
      "checkpoint/best-10.safetensors",
      "checkpoint/best-20.safetensors",
      "checkpoint/best-25.safetensors",
    ]);
  });

  it("stops when the score stalls", async () => {
    const stall = trainingSettings.parse({ ...settings, patience: 2 });
    const outcome = await train(new Scripted([1, 5, 5, 4, 9, 9]), stall, { random });
    expect(outcome).toMatchObject({ reason: "patience", bestEpoch: 2, steps: 20 });
    expect(outcome.history.map(({ best }) => best)).toEqual([true, true, false, false]);
  });

  it("lowers the rate on a plateau", async () => {
    const plateau = trainingSettings.parse({
      ...settings,
      schedule: { kind: "plateau", patience: 1, factor: 0.5, minimum: 0.02 },
    });
    const outcome = await train(new Scripted([1, 1, 2, 0, 0, 0]), plateau, { random });
    expect(outcome.history.map(({ learningRate }) => learningRate)).toEqual([
      0.05, 0.05, 0.025, 0.025, 0.02, 0.02,
    ]);
  });

  it("evaluates the averaged weights and goes on from the raw ones", async () => {
    const plain = new SignProduct();
    const averaged = new SignProduct();
    const bare = { ...settings, epochs: 2 };
    await train(plain, bare, { random });
    const store = new MemoryStore();
    await train(averaged, { ...bare, averaging: 0.999 }, { random, store });
    const checkpoint = decodeSafetensors(
      (await store.read(runFiles.checkpoint)) as Uint8Array,
      "checkpoint",
    ).weights;
    const raw = (await plain.model.weights()).get("kernel");
    expect(checkpoint.get("weight/kernel")).toEqual(raw);
    expect(checkpoint.get("average/kernel")).not.toEqual(raw);
    expect((await averaged.model.weights()).get("kernel")).toEqual(checkpoint.get("average/kernel"));
  });

  it("leaves parameters alone that are not trained, and counts progress", async () => {
    const task = new SignProduct();
    const seen: TrainingProgress[] = [];
    await train(task, { ...settings, epochs: 2 }, { random, onProgress: (p) => seen.push(p) });
    expect((await task.model.weights()).get("scale")?.data).toEqual(Float32Array.of(1));
    expect(seen.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(seen.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    expect(new Set(seen.map(({ steps }) => steps))).toEqual(new Set([10]));
    expect(seen[9]).toMatchObject({ secondsLeft: 0, epochs: 2, learningRate: 0.05 });
    expect(seen[9]?.examplesPerSecond).toBeGreaterThan(0);
    expect(seen[4]?.bestScore).toBeUndefined();
    expect(seen[5]?.bestScore).toBeLessThan(0);
  });

  it("lets timers run between steps", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await train(new SignProduct(), settings, { random });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });
});

describe("ending early", () => {
  it("keeps the best weights when interrupted", async () => {
    const task = new SignProduct();
    const stop = new AbortController();
    const outcome = await train(task, settings, {
      random,
      signal: stop.signal,
      onProgress: ({ step }) => step === 13 && stop.abort(),
    });
    expect(outcome).toMatchObject({ reason: "interrupted", steps: 13, weights: "best", bestEpoch: 2 });
    expect((await task.evaluate()).score).toBe(outcome.bestScore);
  });

  it("keeps the current weights when interrupted before any evaluation, and says so", async () => {
    const store = new MemoryStore();
    const stop = new AbortController();
    const outcome = await train(new SignProduct(), settings, {
      random,
      store,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(outcome).toMatchObject({ reason: "interrupted", steps: 1, weights: "current", history: [] });
    expect(outcome.bestScore).toBeUndefined();
    await loadWeights(store, new SignProduct(5).model);
  });

  it("evaluates once more when the time is up", async () => {
    const outcome = await train(
      new SignProduct(),
      { ...settings, epochs: 100_000 },
      { random, maxMinutes: 0.05 / 60 },
    );
    expect(outcome.reason).toBe("time");
    expect(outcome.history.at(-1)?.step).toBe(outcome.steps);
    expect(outcome.bestScore).toBeDefined();
  });

  it("evaluates at the end when the last epoch's turn has not come", async () => {
    const outcome = await train(new SignProduct(), { ...settings, evaluateEvery: 4 }, { random });
    expect(outcome.history.map(({ epoch }) => epoch)).toEqual([4, 6]);
  });
});

describe("what is not finite", () => {
  it("stops with the epoch, the step, the batch and the norms", async () => {
    const spoilt = new Spoilt((step) => step === 8);
    await expect(train(spoilt, settings, { random })).rejects.toThrow(
      /TRAINING_NOT_FINITE: epoch 2, step 3 \(8 points from .*\): loss NaN.*kernel NaN/s,
    );
  });

  it("skips and counts when asked to", async () => {
    const outcome = await train(
      new Spoilt((step) => step % 5 === 0),
      { ...settings, onNotFinite: "skip" },
      { random },
    );
    expect(outcome).toMatchObject({ skipped: 6, steps: 30, reason: "epochs" });
  });

  it("gives up after ten skipped steps in a row", async () => {
    const spoilt = new Spoilt((step) => step > 4);
    await expect(train(spoilt, { ...settings, onNotFinite: "skip" }, { random })).rejects.toThrow(
      /10 skipped in a row/,
    );
    expect(spoilt.taken).toBe(15);
  });

  it("names a parameter that the loss does not use", async () => {
    const task = new SignProduct();
    const [kernel] = task.model.parameters();
    const unused = Object.assign(task, { loss: () => sum<Scalar>(kernel?.variable ?? 0) });
    await expect(train(unused, settings, { random })).rejects.toThrow(
      /TRAINING_NO_GRADIENT.*"bias", "output"/,
    );
  });

  it("refuses a score that is no number and an epoch without batches", async () => {
    await expect(train(new Scripted([Number.NaN]), settings, { random })).rejects.toThrow(/TRAINING_SCORE/);
    const empty = Object.assign(new SignProduct(), { epoch: () => [] });
    await expect(train(empty, settings, { random })).rejects.toThrow(/TRAINING_NO_BATCHES: epoch 1/);
  });
});
