import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeProgram } from "./fixtures/fake-program.js";
import { memoryIo, type MemoryIoOptions } from "./fixtures/memory-io.js";
import { workplace } from "./fixtures/workplace.js";
import { runProgram } from "./run-program.js";

const files = {
  "data/travel/train.txt": "one\ntwo\n",
  "recipes/travel.json": '{"data": "travel", "model": {"hiddenSize": 7}}',
  "texts.txt": "a\nb\nc\n",
};

async function command(args: readonly string[], options: Partial<MemoryIoOptions> = {}) {
  const { cwd = workplace(files) } = options;
  const io = memoryIo({ ...options, cwd });
  const exitCode = await runProgram(fakeProgram(join(cwd, "recipes")), args, io);
  return { exitCode, out: io.out(), err: io.err() };
}

describe("verbs of one task", () => {
  it("stand in the help with what their kind takes, and say so when they are mistyped", async () => {
    expect((await command(["--help"])).out).toMatch(/measure .*measure a run\n.*count .*count texts/);
    const help = (await command(["measure", "--help"])).out;
    for (const flag of ["--run <run>", "--split <name>", '(default: "dev")', "--with <tool>"])
      expect(help).toContain(flag);
    expect((await command(["mesure"])).err).toContain("(Did you mean measure?)");
  });

  it("over a run are given the run, its data and the split of their own", async () => {
    const here = { cwd: workplace(files) };
    expect((await command(["train", "--config", "travel", "--out", "run"], here)).exitCode).toBe(0);
    const missing = await command(["measure", "--run", "run"], here);
    expect([missing.exitCode, missing.out]).toEqual([2, ""]);
    expect(missing.err).toContain("required option '--with <tool>'");
    const asked = ["measure", "--run", "run", "--with", "tape"];
    expect((await command(asked, here)).out).toBe("tape on dev\n");
    const { out } = await command([...asked, "--split", "test", "--engine", "cpu", "--json"], here);
    expect(JSON.parse(out)).toEqual({
      data: join(here.cwd, "data/travel"),
      split: "test",
      engine: "cpu",
      with: "tape",
      warnings: [],
    });
  });

  it("over texts read a file, stdin, or a corpus with its settings", async () => {
    expect((await command(["count", "texts.txt"])).out).toBe("texts\n3\n");
    expect((await command(["count", "-", "--twice"], { stdin: "x\ny" })).out).toBe("texts\n4\n");
    const found = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await command(["count", "--json", ...args])).out);
    const named = { texts: 2, warnings: [] };
    expect(await found("--config", "travel")).toEqual({ ...named, hiddenSize: 7 });
    expect(await found("--data", "travel")).toEqual({ ...named, hiddenSize: 100 });
  });

  it.each([
    [["count"], "error USAGE: count: no texts are given."],
    [["count", "texts.txt", "--data", "travel"], "texts.txt and a corpus are both given"],
    [["count", "none.txt"], "error INPUT_NOT_FOUND: none.txt: no such file."],
    [["count", "--data", "nowhere"], "error DATA_NOT_FOUND"],
    [["measure", "--run", "nothing", "--with", "x"], "error RUN_NOT_FOUND"],
  ])("refuse %j with exit code 2, on stderr only", async (args, message) => {
    const { exitCode, out, err } = await command(args);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });
});
