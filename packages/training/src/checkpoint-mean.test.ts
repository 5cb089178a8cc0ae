import { seeded } from "@timestep/base";
import { type Values } from "@timestep/core";
import { startEngine } from "@timestep/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { SignProduct } from "./fixtures/sign-product.js";
import { loadWeights, runFiles } from "./run.js";
import { type TrainingSettings, trainingSettings } from "./settings.js";
import { type FileStore, MemoryStore } from "./store.js";
import { train, type TrainOptions } from "./train.js";
import { type Evaluation } from "./trainee.js";
import { WeightSum } from "./weight-sum.js";

/** A trainee with given scores that remembers the weights which it was asked to score. */
class Scripted extends SignProduct {
  readonly seen: ReadonlyMap<string, Values>[] = [];
  constructor(private readonly scores: readonly number[]) {
    super();
  }

  override async evaluate(): Promise<Evaluation> {
    this.seen.push(await this.model.weights());
    return { score: this.scores[this.seen.length - 1] ?? 0, metrics: {} };
  }
}

function settingsWith(checkpointMean: object, others: object = {}): TrainingSettings {
  return trainingSettings.parse({ epochs: 5, optimiser: { learningRate: 0.05 }, checkpointMean, ...others });
}

/** The mean of trained weights, number by number; what is not trained stays. */
function meanOf(sets: readonly ReadonlyMap<string, Values>[]): Map<string, Float32Array> {
  const paths = [...(sets[0]?.keys() ?? [])];
  return new Map(
    paths.map((path) => {
      const all = sets.map((set) => (set.get(path) as Values).data);
      return [
        path,
        Float32Array.from(
          all[0] ?? [],
          (_, i) => all.reduce((sum, data) => sum + (data[i] ?? 0), 0) / all.length,
        ),
      ];
    }),
  );
}

function numbersOf(weights: ReadonlyMap<string, Values>): Map<string, Float32Array> {
  return new Map([...weights].map(([path, { data }]) => [path, Float32Array.from(data)]));
}

const random = seeded(3);

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("the mean of checkpoints", () => {
  it("is what the sets add up to, by their number", () => {
    const sum = new WeightSum();
    for (const data of [Float32Array.of(1, 2), Float32Array.of(2, 4), Float32Array.of(6, 0)]) {
      sum.add(new Map([["w", { shape: [2], data }]]));
    }
    expect(sum.mean()).toEqual(new Map([["w", { shape: [2], data: Float32Array.of(3, 2) }]]));
  });

  it.each([
    [{ count: 3, of: "best" }, [1, 2, 4]],
    [{ count: 3, of: "last" }, [2, 3, 4]],
    [{ count: 2 }, [1, 4]],
    [{ count: 9 }, [0, 1, 2, 3, 4]],
  ])("of %j is scored when training ends, and kept when it is better", async (setting, epochs) => {
    const store = new MemoryStore();
    const task = new Scripted([1, 5, 3, 2, 4, 6]);
    const outcome = await train(task, settingsWith(setting), { random, store });
    const mean = meanOf(epochs.map((epoch) => task.seen[epoch] as ReadonlyMap<string, Values>));
    expect(numbersOf(task.seen[5] as ReadonlyMap<string, Values>)).toEqual(mean);
    expect(numbersOf(await task.model.weights())).toEqual(mean);
    const other = new SignProduct(99);
    await loadWeights(store, other.model);
    expect(numbersOf(await other.model.weights())).toEqual(mean);
    expect(outcome).toMatchObject({ bestScore: 6, weights: "best" });
    expect(outcome.history.at(-1)).toMatchObject({ meanOf: epochs.length, best: true, score: 6 });
    expect(outcome.history).toHaveLength(6);
  });

  it.each([4, 5])("gives way to a single checkpoint that is as good or better", async (score) => {
    const store = new MemoryStore();
    const task = new Scripted([1, 5, 3, 2, 4, score]);
    const outcome = await train(task, settingsWith({ count: 3 }), { random, store });
    expect(await task.model.weights()).toEqual(task.seen[1]);
    const other = new SignProduct(99);
    await loadWeights(store, other.model);
    expect(await other.model.weights()).toEqual(task.seen[1]);
    expect(outcome).toMatchObject({ bestScore: 5, bestEpoch: 2 });
    expect(outcome.history.at(-1)).toMatchObject({ meanOf: 3, best: false });
  });

  it("gives way to the last weights when only they are better", async () => {
    const task = new Scripted([1, 2, 9, 3]); // evaluated after epochs 2 and 4, then the last weights, then the mean
    const outcome = await train(task, settingsWith({ count: 2 }, { evaluateEvery: 2 }), { random });
    expect(await task.model.weights()).toEqual(task.seen[2]);
    expect(outcome.bestScore).toBe(9);
  });

  it.each([0, 1])("is not tried for a count of %i", async (count) => {
    const task = new Scripted([1, 5, 3, 2, 4]);
    await train(task, settingsWith({ count }), { random });
    expect(task.seen).toHaveLength(5);
  });

  it("keeps no more files than it needs", async () => {
    const names = async (of: string): Promise<string[]> => {
      const store = new MemoryStore();
      await train(new Scripted([1, 5, 3, 2, 4]), settingsWith({ count: 2, of }), { random, store });
      return (await store.list()).filter((name) => name.includes("best-"));
    };
    const file = (step: number): string => `checkpoint/best-${step}.safetensors`;
    expect(await names("best")).toEqual([file(10), file(25)]);
    expect(await names("last")).toEqual([file(10), file(20), file(25)]);
  });
});

describe("a run with a mean of checkpoints that goes on", () => {
  /** The real score, everything that moves with it, and an average over steps besides. */
  const settings = (of: string): TrainingSettings =>
    settingsWith(
      { count: 3, of },
      {
        epochs: 8,
        averaging: 0.9,
        schedule: { kind: "plateau", patience: 1, warmupSteps: 7, minimum: 0.001 },
      },
    );

  async function run(store: FileStore, wanted: TrainingSettings, options: Partial<TrainOptions> = {}) {
    const task = new SignProduct();
    const { history } = await train(task, wanted, { random: seeded(3), store, ...options });
    return {
      weights: await task.model.weights(),
      model: await store.read(runFiles.model),
      history: history.map((record) => ({ ...record, minutes: 0 })),
      files: await store.list(),
    };
  }

  it.each(["best", "last"])("gives the bits of an unbroken one: the %s", async (of) => {
    const whole = await run(new MemoryStore(), settings(of));
    expect(whole.history.at(-1)?.meanOf).toBe(3);
    for (const epochs of [1, 4, 7]) {
      const store = new MemoryStore();
      await run(store, { ...settings(of), epochs });
      expect(await run(store, settings(of), { resume: true })).toEqual(whole);
    }
    for (const step of [3, 17, 38]) {
      const store = new MemoryStore();
      const stop = new AbortController();
      const first = await run(store, settings(of), {
        signal: stop.signal,
        onProgress: (progress) => {
          if (progress.step === step) stop.abort();
        },
      });
      expect(first.history.every(({ meanOf: count }) => count === undefined)).toBe(true);
      expect(await run(store, settings(of), { resume: true })).toEqual(whole);
    }
  });

  it("may try another mean than it began with", async () => {
    const store = new MemoryStore();
    await run(store, { ...settings("best"), epochs: 4 });
    const { history } = await run(
      store,
      { ...settings("last"), checkpointMean: { count: 2, of: "last" } },
      { resume: true },
    );
    expect(history.at(-1)?.meanOf).toBe(2);
  });
});
