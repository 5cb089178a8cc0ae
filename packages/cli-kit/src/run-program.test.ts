import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { fakeProgram } from "./fixtures/fake-program.js";
import { memoryIo, type MemoryIoOptions } from "./fixtures/memory-io.js";
import { workplace } from "./fixtures/workplace.js";
import { runProgram } from "./run-program.js";

const files = {
  "data/travel/train.txt": "one\ntwo\n",
  "data/empty/train.txt": "",
  "recipes/travel.json": '{"data": "travel", "training": {"epochs": 3}}',
  "recipes/atis.json": '{"data": "atis"}',
};

/** Runs a command line in a folder with the sample files. */
async function command(cwd: string, args: readonly string[], options: Partial<MemoryIoOptions> = {}) {
  const io = memoryIo({ cwd, ...options });
  const exitCode = await runProgram(fakeProgram(join(cwd, "recipes")), args, io);
  return { exitCode, out: io.out(), err: io.err() };
}

async function trained(): Promise<string> {
  const cwd = workplace(files);
  expect((await command(cwd, ["train", "--config", "travel", "--out", "run"])).exitCode).toBe(0);
  return cwd;
}

describe("runProgram", () => {
  it("prints help on stdout with verbs, recipes, settings and exit codes", async () => {
    const { exitCode, out, err } = await command(workplace(files), ["--help"]);
    expect([exitCode, err]).toEqual([0, ""]);
    for (const text of [
      "train",
      "evaluate",
      "predict",
      "inspect",
      "bench",
      "model.hiddenSize",
      "Exit codes",
    ]) {
      expect(out).toContain(text);
    }
    const help = await command(workplace(files), ["train", "--help"]);
    expect(help.out).toContain("a recipe (atis, travel)");
    expect(help.out).toContain("Size of the state");
    expect((await command(workplace(files), ["--version"])).out).toBe("1.2.3\n");
  });

  it("gives a task its own flags and lists them in the help", async () => {
    const cwd = await trained();
    const args = ["predict", "--run", "run", "--very-end", "!", "hello"];
    expect((await command(cwd, args)).out).toBe("HELLO!\n");
    const [train, predict] = [
      await command(cwd, ["train", "--help"]),
      await command(cwd, ["predict", "--help"]),
    ];
    expect(train.out).toMatch(/--units <n> +size of the state \(the setting\s+model.hiddenSize\)/);
    expect(predict.out).toContain("--very-end <text>");
    expect(train.out).not.toContain("--very-end");
  });

  it.each([
    [[], "Usage: timestep-fake"],
    [["trian"], "(Did you mean train?)"],
    [["train", "--out", "run", "--sed", "1"], "Did you mean one of --seed, --set?"],
    [["train", "--config", "travel"], "required option '--out <run>'"],
    [["evaluate", "--run", "run", "extra"], "too many arguments"],
    [["train", "--out", "run", "--seed", "x"], "Expected a whole number."],
    [["train", "--out", "run", "--max-minutes", "0"], "Expected a number of minutes above 0."],
    [["train", "--out", "run"], "error USAGE: no data to train on: neither --data nor --config is given."],
    [["inspect"], "error USAGE: inspect looks at one thing."],
    [["inspect", "--engine", "--data", "travel"], "error USAGE: inspect looks at one thing."],
    [["predict", "--run", "run"], "error USAGE: nothing to predict."],
    [["evaluate", "--run", "none"], "error RUN_NOT_FOUND"],
    [["train", "--config", "atsi", "--out", "run"], 'no recipe and no readable file. Did you mean "atis"?'],
    [["train", "--config", "atis", "--out", "run"], 'error DATA_NOT_FOUND: no data "atis".'],
    [["train", "--config", "travel", "--out", "run", "--resume", "--overwrite"], "contradict"],
  ])("refuses %j with exit code 2, on stderr only", async (args, message) => {
    const { exitCode, out, err } = await command(workplace(files), args);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n +at /);
  });

  it("prints the engine and the reason for every one passed over", async () => {
    const text = await command(workplace(files), ["inspect", "--engine"]);
    expect(text.out).toBe(
      "engine\nwasm, threads: 1, simd: 128 bits (asked for auto)\n\npassed over\nengine  why\ncuda    no device\n",
    );
    const json = await command(workplace(files), ["inspect", "--engine", "cpu", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({
      name: "cpu",
      details: { simd: "128 bits" },
      passedOver: [{ name: "cuda", reason: "no device" }],
    });
    const chosen = await command(workplace(files), ["inspect", "--engine"], {
      env: { TIMESTEP_ENGINE: "cpu" },
    });
    expect(chosen.out).toContain("asked for cpu");
  });

  it("inspects data with the settings asked for", async () => {
    const args = ["inspect", "--data", "travel", "--set", "model.hiddenSize=5"];
    const { exitCode, out } = await command(workplace(files), args);
    expect([exitCode, out]).toEqual([0, "files\nname\ntrain.txt\n\nwarning: one word is unknown\n"]);
    const json = await command(workplace(files), [...args, "--json"]);
    expect(JSON.parse(json.out)).toEqual({ files: 1, hiddenSize: 5, warnings: ["one word is unknown"] });
  });

  it("inspects and evaluates a run, on the data it was trained on unless told otherwise", async () => {
    const cwd = await trained();
    expect((await command(cwd, ["inspect", "--run", "run"])).out).toContain("config.json model.safetensors");
    const { exitCode, out, err } = await command(cwd, ["evaluate", "--run", "run", "--json"]);
    expect([exitCode, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ task: "fake", split: "test", baseline: { name: "majority" } });
    const table = await command(cwd, ["evaluate", "--run", "run", "--split", "dev"]);
    expect(table.out).toMatch(
      /^fake, dev split\nmetric +score +majority +word list\naccuracy +75.00 +50.00 +62.50\nmacroF1 +61.23 +- +-\n/,
    );
    expect(table.out).toContain("scores: format:found by:all runs:1");
    const own = await command(cwd, ["evaluate", "--run", "run", "--by", "length"]);
    expect(own.out).toContain("by:length");
    expect(table.out).toContain("note: made up");
    expect((await command(cwd, ["evaluate", "--run", "run", "--data", "nowhere"])).exitCode).toBe(2);
  });

  it("predicts for arguments and stdin, one line each", async () => {
    const cwd = await trained();
    const text = await command(cwd, ["predict", "--run", "run", "one thing", "two"]);
    expect([text.exitCode, text.out]).toEqual([0, "ONE THING\nTWO\n"]);
    const json = await command(cwd, ["predict", "--run", "run", "--json", "-"], { stdin: "a\n\nb" });
    expect(json.out).toBe('{"text":"a","line":1}\n{"text":"","line":2}\n{"text":"b","line":3}\n');
  });

  it("asks a person at a terminal for one input after the other", async () => {
    const stdin = Object.assign(Readable.from([Buffer.from("a\nb\n")]), { isTTY: true });
    const { exitCode, out, err } = await command(await trained(), ["predict", "--run", "run"], { stdin });
    expect([exitCode, out, err]).toEqual([0, "A\nB\n", "> > > \n"]);
  });

  it("takes several runs where the task can ask them together", async () => {
    const cwd = await trained();
    const args = ["evaluate", "--run", "run", "--run", "run"];
    const refused = await command(cwd, args);
    expect([refused.exitCode, refused.out]).toEqual([2, ""]);
    expect(refused.err).toContain("error USAGE: --run is given 2 times.");
    const io = memoryIo({ cwd });
    await runProgram({ ...fakeProgram(join(cwd, "recipes")), ensembles: true }, args, io);
    expect(io.out()).toContain("runs:2");
  });

  it("keeps what was predicted before bad input, and names the line", async () => {
    const { exitCode, out, err } = await command(
      await trained(),
      ["predict", "--run", "run", "-", "--json"],
      {
        stdin: "a\nbad\nb",
      },
    );
    expect(exitCode).toBe(2);
    expect(out).toBe('{"text":"a","line":1}\n');
    expect(err).toBe("error INPUT_BAD: stdin:2: bad.\n  Be good.\n");
  });

  it("ends quietly when the reader of its results has gone", async () => {
    const args = ["predict", "--run", "run", "a", "b", "c"];
    const { exitCode, out, err } = await command(await trained(), args, { closeAfter: 1 });
    expect([exitCode, out, err]).toEqual([0, "A\n", ""]);
  });

  it("prints the stack with TIMESTEP_DEBUG=1 only", async () => {
    const { err } = await command(workplace(files), ["evaluate", "--run", "none"], {
      env: { TIMESTEP_DEBUG: "1" },
    });
    expect(err).toMatch(/^error ConfigError: RUN_NOT_FOUND[\s\S]*\n +at /);
  });

  it("refuses a run of another task", async () => {
    const cwd = workplace({ "run/config.json": '{"formatVersion": 1, "task": "speech", "config": {}}' });
    const { exitCode, err } = await command(cwd, ["predict", "--run", "run", "a"]);
    expect(exitCode).toBe(2);
    expect(err).toContain("error RUN_TASK");
  });

  it("prints figures of bench as a table or an object", async () => {
    const text = await command(workplace(), ["bench"]);
    expect(text.out.split("\n")).toEqual(
      expect.arrayContaining([expect.stringMatching(/train.examplesPerSecond +12.50?/)]),
    );
    expect(JSON.parse((await command(workplace(), ["bench", "--json"])).out)).toEqual({
      engine: "wasm",
      train: { examplesPerSecond: 12.5 },
    });
  });

  it("records the settings in force in the run", async () => {
    const cwd = workplace(files);
    await command(cwd, [
      "train",
      "--config",
      "travel",
      "--out",
      "run",
      "--set",
      "model.hiddenSize=5",
      "--seed",
      "9",
    ]);
    expect(JSON.parse(readFileSync(join(cwd, "run/config.json"), "utf8"))).toEqual({
      formatVersion: 1,
      task: "fake",
      config: {
        ...{ data: "travel", seed: 9, training: { epochs: 3 } },
        model: { hiddenSize: 5, cell: "lstm", dropout: 0.5, vectors: null, sizes: [1, 2] },
      },
    });
  });

  it("leaves nothing behind when settings, data or engine are bad", async () => {
    const cwd = workplace(files);
    for (const args of [
      ["--config", "travel", "--set", "model.hiddenSise=3"],
      ["--data", "nowhere"],
      ["--data", "empty"],
    ]) {
      expect((await command(cwd, ["train", ...args, "--out", "run"])).exitCode).toBe(2);
      expect(existsSync(join(cwd, "run"))).toBe(false);
    }
  });
});
