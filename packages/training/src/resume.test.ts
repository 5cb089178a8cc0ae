import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { SignProduct } from "./fixtures/sign-product.js";
import { runFiles } from "./run.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import { type TrainingSettings, trainingSettings } from "./settings.js";
import { type FileStore, MemoryStore } from "./store.js";
import { train, type TrainOptions } from "./train.js";
import { type TrainingOutcome } from "./trainee.js";

/** Everything that could go wrong on resume is turned on: averaging, momentum, plateau, warm-up, dropout, decay. */
const settings = trainingSettings.parse({
  epochs: 10,
  optimiser: { learningRate: 0.05, weightDecay: 0.01 },
  schedule: { kind: "plateau", patience: 1, warmupSteps: 7, minimum: 0.001 },
  averaging: 0.9,
  keepBest: 2,
  clipNorm: 0.5,
});

interface Finished {
  readonly outcome: TrainingOutcome;
  readonly files: ReadonlyMap<string, unknown>;
  readonly weights: unknown;
}

async function run(
  store: FileStore,
  options: Partial<TrainOptions> = {},
  wanted = settings,
): Promise<Finished> {
  const task = new SignProduct();
  const outcome = await train(task, wanted, { random: seeded(3), store, ...options });
  const files = new Map<string, unknown>();
  for (const name of await store.list()) {
    const bytes = (await store.read(name)) as Uint8Array;
    if (name === runFiles.metrics)
      files.set(name, new TextDecoder().decode(bytes).replaceAll(/"minutes":[\d.e-]+/g, ""));
    else if (name === runFiles.checkpoint)
      files.set(name, decodeSafetensors(bytes, name).weights); // its times differ
    else files.set(name, bytes);
  }
  return { outcome, files, weights: await task.model.weights() };
}

/** The parts of two runs that must not differ: weights, all files apart from times, history. */
function expectSame(resumed: Finished, whole: Finished): void {
  expect(resumed.weights).toEqual(whole.weights);
  const timeless = ({ outcome }: Finished) => outcome.history.map((record) => ({ ...record, minutes: 0 }));
  expect(timeless(resumed)).toEqual(timeless(whole));
  expect(resumed.files).toEqual(whole.files);
}

/** Fails as a killed process does: from the nth write or removal on, nothing reaches the store. */
class DyingStore implements FileStore {
  readonly name = "dying";
  operations = 0;
  constructor(
    private readonly inner: FileStore,
    private readonly last: number,
  ) {}

  private alive(): void {
    if (++this.operations > this.last) throw new Error("killed");
  }

  read = (name: string) => this.inner.read(name);
  list = () => this.inner.list();
  async write(name: string, content: Uint8Array | string): Promise<void> {
    this.alive();
    await this.inner.write(name, content);
  }
  async append(name: string, line: string): Promise<void> {
    this.alive();
    await this.inner.append(name, line);
  }
  async remove(name: string): Promise<void> {
    this.alive();
    await this.inner.remove(name);
  }
}

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("resume", () => {
  it("gives with 5 and 5 epochs the bits of 10", async () => {
    const whole = await run(new MemoryStore());
    const store = new MemoryStore();
    await run(store, {}, { ...settings, epochs: 5 });
    const resumed = await run(store, { resume: true });
    expect(resumed.outcome.resumed).toBe(true);
    expectSame(resumed, whole);
  });

  it("is none the wiser for an evaluation that only ended the first part", async () => {
    const sparse = { ...settings, evaluateEvery: 2 };
    const whole = await run(new MemoryStore(), {}, sparse);
    const store = new MemoryStore();
    const first = await run(store, {}, { ...sparse, epochs: 5 });
    expect(first.outcome.history.map(({ epoch }) => epoch)).toEqual([2, 4, 5]);
    expectSame(await run(store, { resume: true }, sparse), whole);
  });

  it("goes on after an interruption in the middle of an epoch", async () => {
    const whole = await run(new MemoryStore());
    for (const step of [1, 12, 25, 48]) {
      const store = new MemoryStore();
      const stop = new AbortController();
      const onProgress: TrainOptions["onProgress"] = (p) => p.step === step && stop.abort();
      const first = await run(store, { signal: stop.signal, onProgress });
      expect(first.outcome).toMatchObject({ reason: "interrupted", steps: step });
      expectSame(await run(store, { resume: true }), whole);
    }
  });

  it("gives the same bits whatever write was the last before a kill", async () => {
    const short = { ...settings, epochs: 3 };
    const counting = new DyingStore(new MemoryStore(), Number.POSITIVE_INFINITY);
    const whole = await run(counting, { checkpointEverySteps: 2 }, short);
    expect(counting.operations).toBeGreaterThan(15);
    for (let last = 0; last < counting.operations; last++) {
      const store = new MemoryStore();
      await expect(run(new DyingStore(store, last), { checkpointEverySteps: 2 }, short)).rejects.toThrow(
        "killed",
      );
      expectSame(await run(store, { resume: true, checkpointEverySteps: 2 }, short), whole);
    }
  });

  it("does not let the moments of saving change the bits", async () => {
    const seldom = await run(new MemoryStore(), { checkpointEverySeconds: 0 });
    const often = await run(new MemoryStore(), { checkpointEverySteps: 1, checkpointEverySeconds: 1e-6 });
    expectSame(often, seldom);
  });

  it("keeps the momentum of sgd", async () => {
    const sgd = {
      ...settings,
      optimiser: { ...settings.optimiser, kind: "sgd", nesterov: true },
    } as TrainingSettings;
    const whole = await run(new MemoryStore(), {}, sgd);
    const store = new MemoryStore();
    await run(store, {}, { ...sgd, epochs: 5 });
    expectSame(await run(store, { resume: true }, sgd), whole);
  });

  it("starts at the beginning when there is no checkpoint yet", async () => {
    expectSame(await run(new MemoryStore(), { resume: true }), await run(new MemoryStore()));
  });

  it("ends at once when everything is done", async () => {
    const store = new MemoryStore();
    const whole = await run(store);
    const again = await run(store, { resume: true });
    expectSame(again, whole);
    expect(again.outcome.steps).toBe(whole.outcome.steps);
  });
});

describe("a checkpoint that does not fit", () => {
  it("is never written over without resume", async () => {
    const store = new MemoryStore("runs/a");
    await run(store, {}, { ...settings, epochs: 1 });
    await expect(run(store)).rejects.toThrow(/RUN_EXISTS: runs\/a already holds a training run/);
  });

  it("names settings that changed", async () => {
    const store = new MemoryStore();
    await run(store, {}, { ...settings, epochs: 1 });
    await expect(run(store, { resume: true }, { ...settings, clipNorm: 9 })).rejects.toThrow(
      /CHECKPOINT_SETTINGS.*clipNorm was 0.5 and is now 9/,
    );
  });

  it("is refused when it is no checkpoint, cut short, or of another model", async () => {
    const store = new MemoryStore();
    await run(store, {}, { ...settings, epochs: 1 });
    const whole = (await store.read(runFiles.checkpoint)) as Uint8Array;
    await store.write(runFiles.checkpoint, whole.subarray(0, whole.length - 4));
    await expect(run(store, { resume: true })).rejects.toThrow(/MODEL_TRUNCATED/);
    await store.write(runFiles.checkpoint, encodeSafetensors(new Map(), { state: '{"version":1}' }));
    await expect(run(store, { resume: true })).rejects.toThrow(/CHECKPOINT_INVALID/);
    const text = Buffer.from(whole).toString("latin1").replaceAll("weight/kernel", "weight/kernal");
    await store.write(runFiles.checkpoint, Buffer.from(text, "latin1"));
    await expect(run(store, { resume: true })).rejects.toThrow(/CHECKPOINT_DOES_NOT_FIT.*"weight\/kernel"/);
  });

  it("says when the best weights are gone", async () => {
    const store = new MemoryStore();
    await run(store);
    for (const name of await store.list()) if (name.includes("best-")) await store.remove(name);
    await expect(run(store, { resume: true })).rejects.toThrow(/CHECKPOINT_INVALID.*best weights/);
  });
});
