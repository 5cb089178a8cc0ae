import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDataSource, RunFolder } from "./node.js";
import { writeConfig } from "./run.js";

let root: string;
let path: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "timestep-"));
});
beforeEach(async () => {
  path = join(await mkdtemp(join(root, "case-")), "run");
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

describe("RunFolder", () => {
  it("writes, reads, appends, lists and removes", async () => {
    const folder = await RunFolder.create(join(path, "deep", "er"));
    await folder.write("checkpoint/state.safetensors", Uint8Array.of(1, 2, 3));
    await folder.write("a.json", "{}");
    await folder.append("log.jsonl", "one");
    await folder.append("log.jsonl", "two");
    await writeFile(join(folder.name, "checkpoint", ".state.safetensors.tmp"), "left by a crash");
    expect(await folder.read("checkpoint/state.safetensors")).toEqual(Uint8Array.of(1, 2, 3));
    expect(await readFile(join(folder.name, "log.jsonl"), "utf8")).toBe("one\ntwo\n");
    expect(await folder.list()).toEqual(["a.json", "checkpoint/state.safetensors", "log.jsonl"]);
    await folder.remove("a.json");
    await folder.remove("a.json");
    expect(await folder.read("a.json")).toBeUndefined();
    await expect(folder.write("../outside", "x")).rejects.toThrow(/STORE_NAME/);
  });

  it("takes an empty folder but never one that holds something", async () => {
    await mkdir(path);
    const folder = await RunFolder.create(path);
    await writeConfig(folder, "slots", {});
    await expect(RunFolder.create(path)).rejects.toThrow(/RUN_EXISTS.*--overwrite/s);
    expect(await readdir(path)).toEqual(["config.json"]);
  });

  it("replaces a run when asked to, and only the files of a run", async () => {
    const folder = await RunFolder.create(path);
    await writeConfig(folder, "slots", {});
    for (const name of [
      "model.safetensors",
      "checkpoint/state.safetensors",
      "checkpoint/best-7.safetensors",
      "metrics.jsonl",
    ]) {
      await folder.write(name, "old");
    }
    await folder.write("notes.txt", "mine");
    await folder.write("checkpoint/mine.txt", "mine");
    await writeFile(join(path, ".model.safetensors.tmp"), "left by a crash");
    await RunFolder.create(path, { overwrite: true });
    expect(await folder.list()).toEqual(["checkpoint/mine.txt", "notes.txt"]);
    expect(await readdir(path)).not.toContain(".model.safetensors.tmp");
  });

  it.each([
    ["other files", { "thesis.tex": "years of work" }],
    ["another program's config", { "config.json": '{"port": 80}', "model.safetensors": "x" }],
    ["a config that is no JSON", { "config.json": "port = 80" }],
    ["other files beside those of a run", { "metrics.jsonl": "x", "thesis.tex": "years of work" }],
  ])("refuses to overwrite a folder with %s", async (_what, files) => {
    await mkdir(path);
    for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
    await expect(RunFolder.create(path, { overwrite: true })).rejects.toThrow(/RUN_FOREIGN/);
    expect((await readdir(path)).sort()).toEqual(Object.keys(files).sort());
  });

  it("replaces what a crash left before the config was written", async () => {
    const folder = await RunFolder.create(path);
    await folder.write("metrics.jsonl", "x");
    await RunFolder.create(path, { overwrite: true });
    expect(await folder.list()).toEqual([]);
  });

  it("opens runs only", async () => {
    await expect(RunFolder.open(path)).rejects.toThrow(/RUN_NOT_FOUND/);
    const folder = await RunFolder.create(path);
    await expect(RunFolder.open(path)).rejects.toThrow(/RUN_FOREIGN.*no config\.json/);
    await writeConfig(folder, "slots", {});
    expect((await RunFolder.open(path)).name).toBe(path);
    const file = join(path, "config.json");
    await expect(RunFolder.open(file)).rejects.toThrow(/RUN_NOT_A_FOLDER/);
    await expect(RunFolder.create(file)).rejects.toThrow(/RUN_NOT_A_FOLDER/);
    await expect(RunFolder.create(join(file, "below"))).rejects.toThrow(/RUN_NOT_WRITABLE/);
  });
});

describe("openDataSource", () => {
  it("walks a folder by name, leaves hidden files out, and reads when asked", async () => {
    await mkdir(join(path, "train"), { recursive: true });
    await mkdir(join(path, ".git"));
    for (const name of ["train/seq.in", "b.txt", "a.txt", ".hidden", ".git/config"])
      await writeFile(join(path, name), name);
    await symlink(path, join(path, "train", "loop"));
    await symlink(join(path, "nowhere"), join(path, "broken"));
    const source = await openDataSource(path);
    expect(source.name).toBe(path);
    expect(source.files.map(({ name }) => name)).toEqual(["a.txt", "b.txt", "train/seq.in"]);
    await writeFile(join(path, "a.txt"), "changed");
    expect(new TextDecoder().decode(await source.files[0]?.bytes())).toBe("changed");
  });

  it("takes a lone file", async () => {
    await mkdir(path);
    await writeFile(join(path, "a.conll"), "x O\n");
    const source = await openDataSource(join(path, "a.conll"));
    expect(source.files.map(({ name }) => name)).toEqual(["a.conll"]);
  });

  it("says what is not there", async () => {
    await expect(openDataSource(path)).rejects.toThrow(/DATA_NOT_FOUND.*--data/s);
    await mkdir(path);
    await expect(openDataSource(path)).rejects.toThrow(/DATA_EMPTY/);
    await writeFile(join(path, "a"), "x");
    const [file] = (await openDataSource(path)).files;
    await rm(join(path, "a"));
    await expect(file?.bytes()).rejects.toThrow(/DATA_UNREADABLE.*a/);
  });
});
