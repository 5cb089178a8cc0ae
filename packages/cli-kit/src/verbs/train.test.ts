import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TrainingError } from "@timestep/base";
import { describe, expect, it } from "vitest";
import { fakeProgram } from "../fixtures/fake-program.js";
import { memoryIo, type MemoryIo } from "../fixtures/memory-io.js";
import { workplace } from "../fixtures/workplace.js";
import { runProgram } from "../run-program.js";

const files = { "data/travel/train.txt": "one\ntwo\n", "recipes/travel.json": '{"data": "travel"}' };

type OnTrain = Parameters<typeof fakeProgram>[1];

async function train(
  cwd: string,
  args: readonly string[],
  onTrain?: OnTrain,
  io: MemoryIo = memoryIo({ cwd }),
) {
  const exitCode = await runProgram(fakeProgram(join(cwd, "recipes"), onTrain), ["train", ...args], io);
  return { exitCode, out: io.out(), err: io.err() };
}

const model = (cwd: string): string => readFileSync(join(cwd, "run/model.safetensors"), "utf8");

describe("train", () => {
  it("ends by printing the evaluation as one object, and nothing else", async () => {
    const cwd = workplace(files);
    const { exitCode, out, err } = await train(cwd, ["--config", "travel", "--out", "run", "--json"]);
    expect([exitCode, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toEqual({
      ...{ task: "fake", split: "dev", metrics: { macroF1: 61.234, accuracy: 75 }, settings: "lines:all" },
      ...{ examples: 2, seconds: 0.5, engine: "wasm", seed: 1 },
      ...{ baseline: { name: "majority", metrics: { accuracy: 50 } }, notes: ["made up"] },
      baselines: [{ name: "word list", metrics: { accuracy: 62.5 } }],
    });
    expect(out.trimEnd()).not.toContain("\n");
  });

  it("shows progress on a terminal only, and not with --quiet", async () => {
    const onTrain: OnTrain = ({ progress }) => {
      progress.stage("training", 2);
      progress.line("epoch 1");
    };
    const args = ["--config", "travel", "--overwrite", "--out", "run"];
    const cwd = workplace(files);
    expect((await train(cwd, args, onTrain)).err).toBe("");
    expect((await train(cwd, args, onTrain, memoryIo({ cwd, terminal: true }))).err).toContain("epoch 1");
    const quiet = await train(cwd, [...args, "--quiet"], onTrain, memoryIo({ cwd, terminal: true }));
    expect(quiet.err).toBe("");
  });

  it("takes the task's own flags for its settings", async () => {
    const cwd = workplace(files);
    let seen: unknown;
    const args = ["--config", "travel", "--out", "run", "--units", "12"];
    const { exitCode } = await train(cwd, args, ({ settings }) => {
      seen = settings;
    });
    expect(exitCode).toBe(0);
    expect(seen).toMatchObject({ model: { hiddenSize: 12 } });
    const bad = await train(cwd, ["--config", "travel", "--out", "other", "--units", "none"]);
    expect(bad).toMatchObject({ exitCode: 2, out: "" });
    expect(bad.err).toContain("--units");
  });

  it("passes on the time limit, the engine and the settings", async () => {
    const cwd = workplace(files);
    let seen: unknown;
    const args = [
      "--config",
      "travel",
      "--out",
      "run",
      "--max-minutes",
      "0.5",
      "--engine",
      "cpu",
      "--seed",
      "4",
    ];
    await train(cwd, [...args, "--set", "training.epochs=2", "model.cell=gru"], (request) => {
      const { maxMinutes, engine, settings, resume, data } = request;
      seen = { maxMinutes, engine: engine.name, settings, resume, files: data.files.map(({ name }) => name) };
    });
    expect(seen).toMatchObject({
      ...{ maxMinutes: 0.5, engine: "cpu", resume: false, files: ["train.txt"] },
      settings: { seed: 4, training: { epochs: 2 }, model: { cell: "gru" } },
    });
  });

  it("never replaces a folder without --overwrite, and only runs with it", async () => {
    const cwd = workplace({ ...files, "photos/cat.jpg": "" });
    const args = ["--config", "travel", "--out", "run"];
    await train(cwd, args);
    const again = await train(cwd, args);
    expect(again.exitCode).toBe(2);
    expect(again.err).toBe(
      "error RUN_EXISTS: --out run exists and is not empty.\n" +
        "  Name a new folder, go on with --resume, or replace the run in it with --overwrite.\n",
    );
    expect((await train(cwd, [...args, "--overwrite"])).exitCode).toBe(0);
    expect((await train(cwd, ["--config", "travel", "--out", "photos", "--overwrite"])).exitCode).toBe(2);
    expect(existsSync(join(cwd, "photos/cat.jpg"))).toBe(true);
    expect((await train(cwd, ["--config", "travel", "--out", "data/travel/train.txt"])).err).toContain(
      "RUN_NOT_A_FOLDER",
    );
  });

  it("keeps the old run when the new one fails before it writes", async () => {
    const cwd = workplace(files);
    await train(cwd, ["--config", "travel", "--out", "run"]);
    const { exitCode, err } = await train(cwd, ["--config", "travel", "--out", "run", "--overwrite"], () => {
      throw new TrainingError("TRAINING_NOT_FINITE", "the loss is NaN.");
    });
    expect(exitCode).toBe(1);
    expect(err).toBe("error TRAINING_NOT_FINITE: the loss is NaN.\n");
    expect(model(cwd)).toBe("one\ntwo");
  });

  it("resumes with the settings of the run, and may train longer", async () => {
    const cwd = workplace(files);
    const args = ["--config", "travel", "--out", "run", "--set", "model.hiddenSize=5"];
    await train(cwd, args);
    let resumed: unknown;
    const onTrain: OnTrain = ({ resume, settings }) => {
      resumed = { resume, hiddenSize: settings.model.hiddenSize, epochs: settings.training.epochs };
    };
    expect(
      (await train(cwd, ["--out", "run", "--resume", "--set", "training.epochs=20"], onTrain)).exitCode,
    ).toBe(0);
    expect(resumed).toEqual({ resume: true, hiddenSize: 5, epochs: 20 });
    expect(model(cwd)).toBe("one\ntwoone\ntwo");
    const config = JSON.parse(readFileSync(join(cwd, "run/config.json"), "utf8")) as { config: unknown };
    expect(config.config).toMatchObject({ training: { epochs: 20 } });
  });

  it("refuses to resume as another model", async () => {
    const cwd = workplace(files);
    await train(cwd, ["--config", "travel", "--out", "run"]);
    const { exitCode, err } = await train(cwd, ["--out", "run", "--resume", "--set", "model.cell=gru"]);
    expect(exitCode).toBe(2);
    expect(err).toContain(
      'error RUN_SETTINGS: --resume: run was trained with other settings: model.cell was "lstm" and is now "gru".',
    );
  });

  it("begins at the beginning when there is nothing to resume yet", async () => {
    const cwd = workplace(files);
    expect((await train(cwd, ["--config", "travel", "--out", "run", "--resume"])).exitCode).toBe(0);
    expect(model(cwd)).toBe("one\ntwo");
  });

  it("keeps and names the best weights at Ctrl-C", async () => {
    const cwd = workplace(files);
    const io = memoryIo({ cwd });
    const { exitCode, out, err } = await train(
      cwd,
      ["--config", "travel", "--out", "run", "--json"],
      ({ signal }) => {
        io.interrupt();
        expect(signal.aborted).toBe(true);
      },
      io,
    );
    expect(exitCode).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ split: "dev" });
    expect(err).toContain(
      "interrupted: the best weights so far are in run/model.safetensors; go on with --resume\n",
    );
    expect(io.killed).toEqual([]);
  });

  it("ends at once at the second Ctrl-C, and listens no longer than it trains", async () => {
    const cwd = workplace(files);
    const io = memoryIo({ cwd });
    await train(
      cwd,
      ["--config", "travel", "--out", "run"],
      () => {
        io.interrupt();
        io.interrupt();
      },
      io,
    );
    io.interrupt();
    expect(io.killed).toEqual([130]);
  });

  it("names the place where a config is no JSON", async () => {
    const cwd = workplace(files);
    writeFileSync(join(cwd, "mine.json"), '{\n  "data": "travel",\n  "seed": 1,\n}\n');
    const { exitCode, err } = await train(cwd, ["--config", "mine.json", "--out", "run"]);
    expect(exitCode).toBe(2);
    expect(err).toContain('error CONFIG_SYNTAX: mine.json:4:1: not JSON: "}" cannot stand here.');
  });
});
