import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { SmallNetwork } from "./fixtures/sign-product.js";
import {
  loadWeights,
  readConfig,
  readJson,
  readRunConfig,
  runFiles,
  saveWeights,
  writeConfig,
} from "./run.js";
import { MemoryStore } from "./store.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("config.json", () => {
  it("carries format version, task and config", async () => {
    const store = new MemoryStore("runs/a");
    await writeConfig(store, "slots", { hiddenSize: 3 });
    expect(await readJson(store, "config.json")).toEqual({
      formatVersion: 1,
      task: "slots",
      config: { hiddenSize: 3 },
    });
    expect(await readConfig(store, "slots")).toEqual({ hiddenSize: 3 });
    expect(await readRunConfig(store)).toEqual({ task: "slots", config: { hiddenSize: 3 } });
    await expect(readConfig(store, "speech")).rejects.toThrow(
      /RUN_TASK: runs\/a is a run of the task "slots"/,
    );
  });

  it.each([
    ["nothing", undefined, /RUN_FILE_MISSING: runs\/a has no config\.json/],
    ["half a file", '{"formatVersion":1,', /RUN_FILE_INVALID: runs\/a\/config\.json is not JSON/],
    ["another program's", '{"compilerOptions":{}}', /RUN_FILE_INVALID.*not the config of a run/],
    [
      "a newer one",
      '{"formatVersion":2,"task":"slots","config":{}}',
      /RUN_FORMAT_VERSION.*version 2.*update/s,
    ],
    ["an older one", '{"formatVersion":0,"task":"slots","config":{}}', /RUN_FORMAT_VERSION.*Train again/s],
  ])("is refused when it is %s", async (_what, content, message) => {
    const store = new MemoryStore("runs/a");
    if (content !== undefined) await store.write(runFiles.config, content);
    await expect(readConfig(store, "slots")).rejects.toThrow(message);
  });
});

describe("model.safetensors", () => {
  it("gives another model the same weights", async () => {
    const store = new MemoryStore();
    const [saved, loaded] = [new SmallNetwork(seeded(1)), new SmallNetwork(seeded(2))];
    await saveWeights(store, saved);
    await loadWeights(store, loaded);
    expect(await loaded.weights()).toEqual(await saved.weights());
  });

  it("is refused when absent or of another model, which stays as it was", async () => {
    const store = new MemoryStore("runs/a");
    const small = new SmallNetwork(seeded(1), 3);
    await expect(loadWeights(store, small)).rejects.toThrow(/RUN_FILE_MISSING/);
    await saveWeights(store, new SmallNetwork(seeded(1), 4));
    const before = await small.weights();
    await expect(loadWeights(store, small)).rejects.toThrow(
      /MODEL_DOES_NOT_FIT.*"kernel" is \[2, 3\].*\[2, 4\]/,
    );
    expect(await small.weights()).toEqual(before);
  });
});

describe("a store in memory", () => {
  it("keeps its own copies", async () => {
    const store = new MemoryStore();
    const bytes = Uint8Array.of(1, 2);
    await store.write("a", bytes);
    bytes[0] = 9;
    ((await store.read("a")) as Uint8Array)[1] = 9;
    expect(await store.read("a")).toEqual(Uint8Array.of(1, 2));
  });

  it("appends lines, lists and removes", async () => {
    const store = new MemoryStore();
    await store.append("b/log", "one");
    await store.append("b/log", "two");
    await store.write("a", "x");
    expect(new TextDecoder().decode(await store.read("b/log"))).toBe("one\ntwo\n");
    expect(await store.list()).toEqual(["a", "b/log"]);
    await store.remove("a");
    await store.remove("a");
    expect(await store.read("a")).toBeUndefined();
  });

  it.each(["", "/etc/passwd", "../a", "a/../b", "a//b", "./a", "a\\b", "a\0"])(
    "refuses the name %j",
    async (name) => {
      await expect(new MemoryStore().write(name, "x")).rejects.toThrow(/STORE_NAME/);
      await expect(new MemoryStore().read(name)).rejects.toThrow(/STORE_NAME/);
    },
  );
});
