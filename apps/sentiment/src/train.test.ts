import { readFileSync } from "node:fs";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sentiment } from "./fixtures/cli.js";
import { opinionWorkplace } from "./fixtures/corpus.js";
import { reportKeys, type ReportJson, scoreKeys } from "./fixtures/report.js";

const place = new Workplace(opinionWorkplace());
const run = (...args: string[]): Promise<Finished> => sentiment.run(args, { cwd: place.path });

let trained: Finished;
beforeAll(async () => {
  trained = await run("train", "--config", "tiny.json", "--out", "run", "--seed", "7", "--json");
}, 60_000);
afterAll(() => {
  place.remove();
});

describe("train", () => {
  it("prints one object with the promised keys, and nothing else anywhere", () => {
    expect(trained).toMatchObject({ err: "", exitCode: 0 });
    const json = JSON.parse(trained.out) as ReportJson;
    expect(Object.keys(json)).toEqual(reportKeys);
    expect(Object.keys(json.metrics)).toEqual(scoreKeys);
    expect(json).toMatchObject({ task: "sentiment", split: "dev", examples: 20, seed: 7 });
    expect([json.baseline, ...json.baselines].map(({ name }) => name)).toEqual([
      ...["majority", "word list", "naive Bayes", "NB-SVM"],
    ]);
    expect(json).toHaveProperty("settings", expect.stringMatching(/average:macro .*calibration:bins:15/));
  });

  it("learns what words alone do not tell", () => {
    const { metrics, baseline } = JSON.parse(trained.out) as ReportJson;
    expect(metrics["accuracy"]).toBeGreaterThan(90);
    expect(baseline.metrics["accuracy"]).toBeLessThan(75);
  });

  it("leaves a run folder that explains itself", () => {
    const names = [...place.contents("run").keys()].map((path) => path.slice(`${place.path}/run/`.length));
    const kept = names.filter((name) => !name.startsWith("checkpoint/"));
    expect(kept).toEqual([
      ...[
        "config.json",
        "environment.json",
        "metrics.jsonl",
        "model.safetensors",
        "report.html",
        "vocab.json",
      ],
    ]);
    expect(place.json("run/config.json")).toMatchObject({
      formatVersion: 1,
      task: "sentiment",
      config: { data: "opinions", seed: 7, model: { kind: "tree", tree: { cell: "nary", hiddenSize: 12 } } },
    });
    const environment = place.json("run/environment.json") as { data: Record<string, string> };
    expect(Object.keys(environment.data).sort()).toEqual(["dev.ptb", "test.ptb", "train.ptb"]);
  });

  it("writes a report with calibration, contrast set and coloured words that runs and loads nothing", async () => {
    const data = new URL("../../../data/contrast/sentiment.tsv", import.meta.url);
    place.write({ "data/contrast/sentiment.tsv": readFileSync(data) });
    const args = ["--set", "training.epochs=1", "--folds", "2", "--json"];
    const { out, exitCode } = await run("train", "--config", "sequence.json", "--out", "folds", ...args);
    expect(exitCode).toBe(0);
    const { metrics } = JSON.parse(out) as ReportJson;
    expect(Object.keys(metrics)).toEqual([...scoreKeys, "crossValidationAccuracy", "crossValidationSpread"]);
    const html = place.read("folds/report.html").toString("utf8");
    for (const text of [
      ...["<svg", "Reliability", "Abstaining", "Contrast set", "naive Bayes", "Cross-validation"],
      ...["gradient × input", "Worst texts: attention", "<span style=", "standard deviation"],
    ]) {
      expect(html).toContain(text);
    }
    expect(html).not.toMatch(/<script|<iframe|<object|<embed|<link|@import|\son\w+\s*=|javascript:/i);
    expect(html.match(/(?:src|href|action)\s*=\s*["'](?!#|data:)[^"']*/gi)).toBeNull();
  });

  it("makes the same model of the same seed, another of another", async () => {
    const model = async (out: string, seed: string): Promise<Buffer> => {
      const args = ["--seed", seed, "--quiet"];
      expect((await run("train", "--config", "tiny.json", "--out", out, ...args)).exitCode).toBe(0);
      return place.read(`${out}/model.safetensors`);
    };
    const [same, other] = await Promise.all([model("same", "7"), model("other", "8")]);
    expect(same.equals(place.read("run/model.safetensors"))).toBe(true);
    expect(other.equals(same)).toBe(false);
  });

  it("goes on from an interrupted run to the same model", async () => {
    const half = ["--config", "tiny.json", "--out", "half", "--seed", "7"];
    expect((await run("train", ...half, "--max-minutes", "0.0001")).exitCode).toBe(0);
    expect(place.read("half/model.safetensors").equals(place.read("run/model.safetensors"))).toBe(false);
    expect((await run("train", "--out", "half", "--resume")).exitCode).toBe(0);
    expect(place.read("half/model.safetensors").equals(place.read("run/model.safetensors"))).toBe(true);
  });
});

it("trains the tiny recipe on the sample in data/ to better than the baselines, in seconds", async () => {
  const root = new URL("../../../", import.meta.url).pathname;
  const args = ["train", "--config", "tiny", "--out", `${place.path}/tiny`, "--json"];
  const started = performance.now();
  const { out, err, exitCode } = await sentiment.run(args, { cwd: root });
  expect({ err, exitCode }).toEqual({ err: "", exitCode: 0 });
  expect(performance.now() - started).toBeLessThan(40_000);
  const { metrics, baseline, baselines } = JSON.parse(out) as ReportJson;
  for (const other of [baseline, ...baselines]) {
    expect(metrics["accuracy"], other.name).toBeGreaterThan(other.metrics["accuracy"] as number);
  }
});
