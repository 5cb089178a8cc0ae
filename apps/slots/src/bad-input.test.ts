import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slots } from "./fixtures/cli.js";
import { tinyConfig, tripWorkplace } from "./fixtures/corpus.js";

const good = "leave O\nBonn B-origin\n\narrive O\nUlm B-destination\n";
const columns = (train: string): Record<string, string> => ({
  "train.conll": train,
  "dev.conll": good,
});

const place = new Workplace(tripWorkplace());
const here = { cwd: place.path };
const run = (...args: string[]): Promise<Finished> => slots.run(args, here);
const fast = ["--config", "tiny.json", "--set", "training.epochs=1"];

let kept: Map<string, string>;
beforeAll(async () => {
  expect(await run("train", ...fast, "--out", "run")).toMatchObject({ exitCode: 0 });
  kept = place.contents("run");
}, 60_000);
afterAll(() => {
  place.remove();
});

/** Bad usage or input: exit code 2, the reason and what to do or what was expected on stderr, nothing on stdout, the run as it was. */
function expectRefused({ exitCode, out, err }: Finished, reason: RegExp): void {
  expect(err).toMatch(reason);
  expect(err).toMatch(/^error [A-Z0-9_]+: [^\n]+(\n {2}\S|: expected |Did you mean )/);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(place.contents("run")).toEqual(kept);
}

describe("bad data", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["a short line", columns("leave O\nBonn\n"), /COLUMNS_SHORT_LINE: train\.conll, line 2: .*"Bonn"/],
    [
      "a tag of no scheme",
      columns("leave O\nBonn origin\n"),
      /TAG_UNPARSABLE: train\.conll, line 2: .*"origin"/,
    ],
    ["an empty file", columns(""), /DATA_EMPTY: train\.conll/],
    [
      "no dev split",
      { "train.conll": good, "test.conll": good },
      /DATA_SPLIT_MISSING: .*no dev split.*train \(2 examples\), test/,
    ],
    [
      "a line that is not JSON",
      { "train.jsonl": '{"text":"a","slots":[]}\n{"text":\n', "dev.jsonl": '{"text":"a","slots":[]}' },
      /train\.jsonl, line 2/,
    ],
    [
      "a slot outside its text",
      {
        "train.jsonl": '{"text":"to Bonn","slots":[{"type":"city","start":3,"end":99}]}\n',
        "dev.jsonl": '{"text":"a","slots":[]}',
      },
      /train\.jsonl, line 1: .*99/,
    ],
  ])("is refused: %s", async (_, files, reason) => {
    const bad = new Workplace(files);
    const over = await run("train", ...fast, "--data", bad.path, "--out", "run", "--overwrite");
    bad.remove();
    expectRefused(over, reason);
  });

  it("leaves no folder of a new run", async () => {
    place.write({ "torn/train.conll": "leave O\nBonn\n", "torn/dev.conll": good });
    const refused = await run("train", ...fast, "--data", "torn", "--out", "fresh");
    expectRefused(refused, /COLUMNS_SHORT_LINE: train\.conll, line 2/);
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });

  it("that is not there is refused, with what looks like it", async () => {
    const refused = await run("train", ...fast, "--data", "trip", "--out", "fresh");
    expectRefused(refused, /DATA_NOT_FOUND: no data "trip"\..*"?trips"?/);
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });

  it("is refused by evaluate too, and so is a split that is not there", async () => {
    place.write({ "short/test.conll": "leave O\nBonn\n", "other/train.conll": good });
    expectRefused(
      await run("evaluate", "--run", "run", "--data", "short"),
      /COLUMNS_SHORT_LINE: test\.conll, line 2/,
    );
    expectRefused(
      await run("evaluate", "--run", "run", "--data", "other"),
      /DATA_SPLIT_MISSING: .*no test split/,
    );
    expectRefused(await run("evaluate", "--run", "run", "--split", "tset"), /SPLIT_UNKNOWN: .*"tset"/);
  });
});

describe("bad settings", () => {
  it.each<[string, string[], RegExp]>([
    [
      "an unknown setting",
      ["--set", "model.encoder.hiddenSise=8"],
      /CONFIG_UNKNOWN_KEY: .*hiddenSise.*[^]*"?(model\.encoder\.)?hiddenSize"?/,
    ],
    ["a value out of range", ["--set", "model.inputDropout=1.5"], /model\.inputDropout/],
    [
      "an odd size of a character LSTM",
      ["--set", "model.characters.kind=lstm", "model.characters.outputSize=5"],
      /CHARACTERS_SIZE/,
    ],
    [
      "a size that a clockwork cell cannot have",
      ["--set", "model.encoder.cell=clockwork", "model.encoder.hiddenSize=6"],
      /CLOCKWORK_PERIODS/,
    ],
    [
      "vectors that are not there",
      ["--set", "model.vectors.source=glove"],
      /DATA_NOT_FOUND: no data "glove"/,
    ],
  ])("are refused: %s", async (_, args, reason) => {
    expectRefused(await run("train", "--config", "tiny.json", ...args, "--out", "fresh"), reason);
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });

  it("in a file are refused with the file, and so is a recipe that there is not", async () => {
    place.write({
      "bad.json": JSON.stringify({ ...tinyConfig, modle: {} }),
      "torn.json": '{\n  "seed": 1,\n',
    });
    expectRefused(
      await run("train", "--config", "bad.json", "--out", "fresh"),
      /CONFIG_UNKNOWN_KEY: bad\.json, .*modle.*[^]*model/,
    );
    expectRefused(
      await run("train", "--config", "torn.json", "--out", "fresh"),
      /CONFIG_SYNTAX: torn\.json:\d+:\d+/,
    );
    expectRefused(await run("train", "--config", "travle", "--out", "fresh"), /travle[^]*travel/);
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });
});

describe("a bad run folder", () => {
  const predict = ["predict", "leave Bonn", "--run"];
  const resume = ["train", "--resume", "--out"];
  const damaged = async (
    name: string,
    change: (content: Buffer) => Uint8Array | string,
    verbs: readonly (readonly string[])[] = [predict],
  ): Promise<Finished[]> => {
    const files = [...kept].map(
      ([path, content]) =>
        [path.replace(`${place.path}/run/`, "broken/"), Buffer.from(content, "base64")] as const,
    );
    place.write(Object.fromEntries(files));
    place.write({ [`broken/${name}`]: change(place.read(`broken/${name}`)) });
    const before = place.contents("broken");
    const results = await Promise.all(verbs.map((verb) => run(...verb, "broken")));
    expect(place.contents("broken")).toEqual(before);
    return results;
  };

  it("with a truncated model is refused by every verb", async () => {
    const half = (bytes: Buffer): Uint8Array => bytes.subarray(0, bytes.length / 2);
    const readers = [predict, ["evaluate", "--run"], ["inspect", "--run"]];
    for (const result of await damaged("model.safetensors", half, readers)) {
      expectRefused(result, /MODEL_TRUNCATED: .*broken\/model\.safetensors/);
    }
  });

  it("with a hostile model is refused", async () => {
    const hostile = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      copy.writeBigUInt64LE(0xffff_ffff_ffffn, 0);
      return copy;
    };
    for (const result of await damaged("model.safetensors", hostile)) {
      expectRefused(result, /MODEL_[A-Z_]+: .*broken\/model\.safetensors/);
    }
  });

  it("with the config of another task is refused by every verb", async () => {
    const other = (bytes: Buffer): string =>
      bytes.toString("utf8").replace('"task": "slots"', '"task": "speech"');
    for (const result of await damaged("config.json", other, [predict, resume])) {
      expectRefused(result, /RUN_TASK: .*broken.*"speech".*"slots"/);
    }
  });

  it("with a vocabulary cut short is refused", async () => {
    for (const result of await damaged("vocab.json", (bytes) => bytes.subarray(0, 100))) {
      expectRefused(result, /RUN_FILE_INVALID: .*broken\/vocab\.json/);
    }
  });

  it("with a truncated checkpoint is not resumed", async () => {
    const half = (bytes: Buffer): Uint8Array => bytes.subarray(0, bytes.length / 2);
    for (const result of await damaged("checkpoint/state.safetensors", half, [resume])) {
      expectRefused(result, /MODEL_TRUNCATED: .*checkpoint\/state\.safetensors/);
    }
  });

  it("that is none, or not there, is refused, also to write into", async () => {
    expectRefused(await run("predict", "--run", "data", "leave Bonn"), /RUN_FOREIGN: .*data/);
    expectRefused(await run("evaluate", "--run", "nowhere"), /RUN_NOT_FOUND: .*nowhere/);
    const data = place.contents("data");
    expectRefused(await run("train", ...fast, "--out", "data", "--overwrite"), /RUN_FOREIGN: .*data/);
    expect(place.contents("data")).toEqual(data);
  });

  it("is not resumed with other settings", async () => {
    const args = ["--set", "model.encoder.hiddenSize=16", "training.epochs=1"];
    const refused = await run("train", "--config", "tiny.json", ...args, "--out", "run", "--resume");
    expectRefused(refused, /RUN_SETTINGS: .*model\.encoder\.hiddenSize was 12 and is now 16/);
  });
});
