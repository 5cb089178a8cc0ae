import { startEngine } from "@timestep/engine";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slots } from "./fixtures/cli.js";
import { reportKeys, type ReportJson, scoreKeys } from "./fixtures/report.js";
import { tripWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(tripWorkplace());
const run = (...args: string[]): Promise<Finished> => slots.run(args, { cwd: place.path });

/** The engine that the program takes here: native, or wasm where the addon is not built. */
const { name: engine, threads, details } = await startEngine();

let trained: Finished;
beforeAll(async () => {
  trained = await run("train", "--config", "tiny.json", "--out", "run", "--seed", "7", "--json");
}, 60_000);
afterAll(() => {
  place.remove();
});

describe("train", () => {
  it("prints one object with the promised keys, and nothing else anywhere", () => {
    expect(trained.err).toBe("");
    expect(trained.exitCode).toBe(0);
    const json = JSON.parse(trained.out) as ReportJson;
    expect(Object.keys(json)).toEqual(reportKeys);
    expect(Object.keys(json.metrics)).toEqual(scoreKeys);
    expect(Object.keys(json.baseline.metrics)).toEqual(scoreKeys);
    expect(json).toMatchObject({ task: "slots", split: "dev", examples: 15, engine, seed: 7 });
    expect(json).toHaveProperty("settings", expect.stringMatching(/conlleval.* intent:exact-label/));
    expect(trained.out).toBe(`${JSON.stringify(json)}\n`);
  });

  it("learns what words alone do not tell", () => {
    const { metrics, baseline } = JSON.parse(trained.out) as ReportJson;
    expect(metrics["slotF1"]).toBeGreaterThan(90);
    expect(baseline.metrics["slotF1"]).toBeLessThan(75);
  });

  it("leaves a run folder that explains itself", () => {
    const files = [...place.contents("run").keys()].map((path) =>
      path.slice(place.path.length + "/run/".length),
    );
    const kept = files.filter((name) => !name.startsWith("checkpoint/"));
    expect(kept).toEqual([
      "config.json",
      "environment.json",
      "metrics.jsonl",
      "model.safetensors",
      "report.html",
      "vocab.json",
    ]);
    expect(files).toContain("checkpoint/state.safetensors");
    expect(place.json("run/config.json")).toMatchObject({
      formatVersion: 1,
      task: "slots",
      config: { data: "trips", seed: 7, model: { head: "crf", encoder: { cell: "lstm", hiddenSize: 12 } } },
    });
    const environment = place.json("run/environment.json") as { data: Record<string, string> };
    expect(environment).toMatchObject({ engine, threads, details, seed: 7, versions: {} });
    expect(Object.keys(environment.data).sort()).toEqual(["dev.jsonl", "test.jsonl", "train.jsonl"]);
    for (const checksum of Object.values(environment.data)) expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    const lines = place.read("run/metrics.jsonl").toString("utf8").trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { epoch: number }).epoch)).toEqual(
      Array.from({ length: 8 }, (_, index) => index + 1),
    );
    expect(JSON.parse(lines[7] as string)).toHaveProperty("metrics.slotF1");
  });

  it("writes a report that runs nothing and asks nothing of any other place", () => {
    const html = place.read("run/report.html").toString("utf8");
    expect(html).toContain("<svg");
    expect(html).toContain("By type");
    expect(html).toContain("destination");
    expect(html).not.toMatch(/<script|<iframe|<object|<embed|<link|@import|\son\w+\s*=|javascript:/i);
    expect(html.match(/(?:src|href|action)\s*=\s*["'](?!#|data:)[^"']*/gi)).toBeNull();
    expect(html.match(/url\((?!["']?(?:#|data:))[^)]*\)/gi)).toBeNull();
  });

  it("makes the same model of the same seed, another of another", async () => {
    const model = async (out: string, seed: string): Promise<Buffer> => {
      const { exitCode } = await run(
        "train",
        "--config",
        "tiny.json",
        "--out",
        out,
        "--seed",
        seed,
        "--quiet",
      );
      expect(exitCode).toBe(0);
      return place.read(`${out}/model.safetensors`);
    };
    const [same, other] = await Promise.all([model("same", "7"), model("other", "8")]);
    expect(same.equals(place.read("run/model.safetensors"))).toBe(true);
    expect(other.equals(same)).toBe(false);
  });

  it("refuses to write over a run, and replaces it when told to", async () => {
    const before = place.contents("run");
    const refused = await run("train", "--config", "tiny.json", "--out", "run");
    expect(refused).toMatchObject({ exitCode: 2, out: "" });
    expect(refused.err).toMatch(/error RUN_EXISTS: .*run.*\n.*--resume.*--overwrite/);
    expect(place.contents("run")).toEqual(before);

    place.write(
      Object.fromEntries(
        [...before].map(([name, content]) => [
          name.replace(`${place.path}/run`, "again"),
          Buffer.from(content, "base64"),
        ]),
      ),
    );
    const args = ["--set", "training.epochs=1", "--seed", "3"];
    const replaced = await run("train", "--config", "tiny.json", "--out", "again", "--overwrite", ...args);
    expect(replaced.exitCode).toBe(0);
    expect(place.json("again/config.json")).toMatchObject({ config: { seed: 3, training: { epochs: 1 } } });
    expect(place.read("again/metrics.jsonl").toString("utf8").trimEnd().split("\n")).toHaveLength(1);
  });

  it("prints tables for people", async () => {
    const { out, exitCode } = await run(
      "train",
      "--config",
      "tiny.json",
      "--out",
      "people",
      "--set",
      "training.epochs=1",
    );
    expect(exitCode).toBe(0);
    for (const text of [
      "slots, dev split",
      "slotF1",
      "frameAccuracy",
      "most frequent tag of each word",
      "origin",
    ]) {
      expect(out).toContain(text);
    }
  });

  it("stops at --max-minutes with a whole run", async () => {
    const args = ["--set", "training.epochs=100000", "--max-minutes", "0.02", "--json"];
    const { exitCode, out } = await run("train", "--config", "tiny.json", "--out", "short", ...args);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toHaveProperty("metrics.slotF1");
    expect((await run("predict", "--run", "short", "leave Bonn")).exitCode).toBe(0);
  });
});
