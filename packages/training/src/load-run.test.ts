import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { SmallNetwork } from "./fixtures/sign-product.js";
import { loadModel, readSettings } from "./load-run.js";
import { saveWeights, writeConfig } from "./run.js";
import { MemoryStore } from "./store.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("readSettings", () => {
  const schema = z.strictObject({ units: z.number(), layers: z.number().default(1) });

  it("gives the settings with the defaults of the schema", async () => {
    const store = new MemoryStore("runs/a");
    await writeConfig(store, "slots", { units: 3 });
    expect(await readSettings(store, "slots", schema)).toEqual({ units: 3, layers: 1 });
    await expect(readSettings(store, "speech", schema)).rejects.toThrow(/RUN_TASK/);
  });

  it("refuses settings that do not fit the schema", async () => {
    const store = new MemoryStore("runs/a");
    await writeConfig(store, "slots", { units: "three" });
    await expect(readSettings(store, "slots", schema)).rejects.toThrow(
      /RUN_FILE_INVALID: runs\/a\/config\.json does not fit the task/,
    );
  });
});

describe("loadModel", () => {
  it("makes no model whose weights could not be in the file", async () => {
    const store = new MemoryStore("run");
    await store.write("model.safetensors", new Uint8Array(100_000));
    const make = (): never => {
      throw new Error("made");
    };
    await expect(loadModel(store, 25_001, make)).rejects.toThrow(
      /^MODEL_DOES_NOT_FIT: run\/model\.safetensors has 100000 bytes/,
    );
    await expect(loadModel(store, 25_000, make)).rejects.toThrow("made");
  });

  it("gives the model its weights, and frees one that they do not fit", async () => {
    const store = new MemoryStore("run");
    const saved = new SmallNetwork(seeded(1));
    await saveWeights(store, saved);
    const loaded = await loadModel(store, saved.parameterCount(), () => new SmallNetwork(seeded(2)));
    expect(await loaded.weights()).toEqual(await saved.weights());
    const before = memory().numTensors;
    await expect(loadModel(store, 0, () => new SmallNetwork(seeded(2), 7))).rejects.toThrow(
      "MODEL_DOES_NOT_FIT",
    );
    expect(memory().numTensors).toBe(before);
  });
});
