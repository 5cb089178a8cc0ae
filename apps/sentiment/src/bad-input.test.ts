import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sentiment } from "./fixtures/cli.js";
import { opinionWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(opinionWorkplace());
const run = (...args: string[]): Promise<Finished> => sentiment.run(args, { cwd: place.path });
const fast = ["--config", "tiny.json", "--set", "training.epochs=1"];

let kept: Map<string, string>;
beforeAll(async () => {
  expect(await run("train", ...fast, "--out", "run")).toMatchObject({ exitCode: 0 });
  kept = place.contents("run");
}, 60_000);
afterAll(() => {
  place.remove();
});

/** Bad usage or input: exit code 2, the reason and what to do on stderr, nothing on stdout, the run as it was. */
function expectRefused({ exitCode, out, err }: Finished, reason: RegExp): void {
  expect(err).toMatch(reason);
  expect(err).toMatch(/^error [A-Z0-9_]+: [^\n]+(\n {2}\S|: expected |Did you mean )/);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(place.contents("run")).toEqual(kept);
}

const table = (train: string | Uint8Array): Record<string, string | Uint8Array> => ({
  "train.tsv": train,
  "dev.tsv": "label\ttext\na\tx\nb\ty\n",
});
const trees = (train: string): Record<string, string> => ({
  "train.ptb": train,
  "dev.ptb": "(1 (0 a) (1 b))\n",
});

describe("bad data", () => {
  it.each<[string, Record<string, string | Uint8Array>, RegExp]>([
    ["an open bracket", trees("(1 (0 a) (1 b))\n(1 (0 a) (1 b)\n"), /TREE_OPEN: train\.ptb, line 2/],
    ["a bracket too many", trees("(1 (0 a) (1 b)))\n"), /TREE_CLOSE: train\.ptb, line 1/],
    ["an empty file", trees(""), /DATA_EMPTY: train\.ptb|LABELLED_FORMAT/],
    ["a row without a text", table("label\ttext\na\n"), /train\.tsv, line 2/],
    ["an empty label", table("label\ttext\n\tgood\n"), /LABELLED_NO_LABEL: train\.tsv, line 2/],
    [
      "bytes of another encoding",
      table(Buffer.from("label\ttext\na\tcaf\xe9\n", "latin1")),
      /DATA_ENCODING: train\.tsv, line 2: byte 0xe9/,
    ],
    ["no training split", { "dev.tsv": "label\ttext\na\tx\n" }, /DATA_SPLIT_MISSING: .*no train split/],
  ])("is refused: %s", async (_, files, reason) => {
    const bad = new Workplace(files);
    const over = await run("train", ...fast, "--data", bad.path, "--out", "run", "--overwrite");
    bad.remove();
    expectRefused(over, reason);
  });

  it("labels outside 0 to 4 are refused where two classes are asked for", async () => {
    const args = ["--set", "classes=two", "--out", "fresh"];
    expectRefused(
      await run("train", "--config", "tiny.json", ...args),
      /LABELLED_LABEL: \w+\.ptb, line 1: .*none of 0/,
    );
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });

  it("a label that is none of those named is refused, with its line", async () => {
    place.write({
      "typo/train.tsv": "label\ttext\na\tgood\nb\tbad\nab\tso so\n",
      "typo/dev.tsv": "label\ttext\na\tx\nb\ty\n",
    });
    const named = ["--set", 'labels=["a","b"]', "--out", "fresh"];
    expectRefused(
      await run("train", ...fast, "--data", "typo", ...named),
      /LABELLED_LABEL: train\.tsv, line 4: the label "ab" is none of a, b/,
    );
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });

  it("an empty text is left out, with its line", async () => {
    place.write({
      "gap/train.tsv": "label\ttext\na\tgood\nb\t \nb\tbad\n",
      "gap/dev.tsv": "label\ttext\na\tx\nb\ty\n",
    });
    const { out, exitCode } = await run("inspect", "--data", "gap", "--json");
    expect(exitCode).toBe(0);
    const { warnings, splits } = JSON.parse(out) as {
      warnings: string[];
      splits: { train: { texts: number } };
    };
    expect(splits.train.texts).toBe(2);
    expect(warnings.join()).toMatch(/train\.tsv: 1 empty text was left out \(first: train\.tsv, line 3\)/);
  });
});

describe("bad settings and runs", () => {
  it.each<[string, string[], RegExp]>([
    [
      "an unknown setting",
      ["--set", "model.tree.hiddenSise=8"],
      /CONFIG_UNKNOWN_KEY: .*hiddenSise[^]*hiddenSize/,
    ],
    ["nothing to read of a text", ["--set", "model.length.head=0", "model.length.tail=0"], /model\.length/],
    ["one fold", ["--folds", "1.5"], /folds/],
    [
      "vectors that are not there",
      ["--set", "model.vectors.source=glove"],
      /DATA_NOT_FOUND: no data "glove"/,
    ],
  ])("are refused: %s", async (_, args, reason) => {
    expectRefused(await run("train", "--config", "tiny.json", ...args, "--out", "fresh"), reason);
    expect(existsSync(join(place.path, "fresh"))).toBe(false);
  });

  it("a damaged model or vocabulary is refused", async () => {
    const damaged = async (
      name: string,
      change: (content: Buffer) => Uint8Array | string,
    ): Promise<Finished> => {
      for (const [path, content] of kept) {
        place.write({ [path.replace(`${place.path}/run/`, "broken/")]: Buffer.from(content, "base64") });
      }
      place.write({ [`broken/${name}`]: change(place.read(`broken/${name}`)) });
      return run("predict", "--run", "broken", "text");
    };
    expectRefused(
      await damaged("model.safetensors", (bytes) => bytes.subarray(0, bytes.length / 2)),
      /MODEL_TRUNCATED: .*broken/,
    );
    expectRefused(
      await damaged("vocab.json", (bytes) => bytes.subarray(0, 100)),
      /RUN_FILE_INVALID: .*vocab\.json/,
    );
    expectRefused(
      await damaged("vocab.json", (bytes) =>
        bytes.toString().replace(/"labelCounts": \[[^\]]*\]/, '"labelCounts": [1]'),
      ),
      /VOCAB_FORMAT: .*labelCounts/,
    );
    expectRefused(
      await damaged("config.json", (bytes) =>
        bytes.toString().replace('"hiddenSize": 12,', '"hiddenSize": 99999,'),
      ),
      /MODEL_DOES_NOT_FIT/,
    );
  });
});
