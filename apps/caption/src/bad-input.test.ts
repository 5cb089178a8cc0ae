import { join } from "node:path";
import { seeded } from "@timestep/base";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captionHere } from "./fixtures/cli.js";
import { colourPicture, coloursWorkplace, claimingSize } from "./fixtures/corpus.js";

const place = new Workplace(await coloursWorkplace());
const run = (args: string[], stdin = ""): Promise<Finished> => captionHere(args, place.path, stdin);
/** Where a file of the workplace is. */
const at = (name: string): string => join(place.path, name);
const train = (...args: string[]): string[] => [
  ...["train", "--config", "tiny.json", "--set", "training.epochs=1", ...args],
];

beforeAll(async () => {
  const random = seeded(4);
  const whole = await colourPicture("whole.jpg", "red", random);
  const small = await colourPicture("2.png", "blue", random);
  place.write({
    "bad/cut.jpg": whole.subarray(0, Math.floor(whole.length * 0.7)),
    "bad/huge.png": claimingSize(small, 20_000, 20_000),
    "bad/text.jpg": "This is no picture.\n",
    "good/1.jpg": whole,
    "good/2.png": small,
  });
  expect(await run(train("--out", "run"))).toMatchObject({ exitCode: 0 });
}, 120_000);
afterAll(() => {
  place.remove();
});

describe("pictures that cannot be read", () => {
  const list = [
    "good/1.jpg",
    "bad/cut.jpg",
    "bad/huge.png",
    "bad/text.jpg",
    "bad/none.jpg",
    "good/2.png",
  ].map(at);
  const codes = [/PICTURE_DAMAGED/, /PICTURE_TOO_LARGE.*20000×20000/, /PICTURE_FORMAT/, /PICTURE_NOT_FOUND/];

  it("are answered in their place, and counted, where they are to be skipped", async () => {
    const said = await run(["predict", "--run", "run", "--skip-unreadable", "--json", "-"], list.join("\n"));
    expect(said).toMatchObject({ exitCode: 0, err: "note: 4 of 6 pictures cannot be read.\n" });
    const lines = said.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { image: string; caption: string | null; error?: string });
    expect(lines.map(({ image }) => image)).toEqual(list);
    for (const [index, { image, caption: text, error }] of lines.entries()) {
      if (image.includes("good")) expect([typeof text, error]).toEqual(["string", undefined]);
      else {
        expect(text).toBeNull();
        expect(error).toMatch(codes[index - 1] as RegExp);
        expect(error).toContain(image);
      }
    }
  });

  it("else end with an error that names them; what came before is answered", async () => {
    const stopped = await run(["predict", "--run", "run", ...list]);
    expect(stopped.exitCode).toBe(2);
    expect(stopped.out).toMatch(/^\S+good\/1\.jpg: [^\n]+\n$/);
    expect(stopped.err).toMatch(/^error PICTURE_DAMAGED: "\S+bad\/cut\.jpg" cannot be decoded/);
  });

  it("end a training that was not told to skip them", async () => {
    place.write({
      "torn/a.jpg": place.read("good/1.jpg"),
      "torn/b.jpg": place.read("bad/cut.jpg"),
      "torn/train.jsonl": ["a", "b", "c"]
        .map((name) => `${JSON.stringify({ image: `${name}.jpg`, caption: "a wall" })}\n`)
        .join(""),
      "torn/d.jpg": place.read("good/1.jpg"),
      "torn/dev.jsonl": '{"image": "d.jpg", "caption": "a wall"}\n',
    });
    const missing = await run(train("--data", "torn", "--out", "fresh"));
    expect(missing).toMatchObject({ exitCode: 2, out: "" });
    expect(missing.err).toMatch(/^error CAPTION_PICTURE_MISSING: train\.jsonl, line 3: .*"c\.jpg"/);
    const damaged = await run(train("--data", "torn", "--out", "fresh", "--set", "corpus.missing=skip"));
    expect(damaged).toMatchObject({ exitCode: 2, out: "" });
    expect(damaged.err).toMatch(/^error PICTURE_DAMAGED: "b\.jpg"/);
    expect(place.has("fresh")).toBe(false);
    const skips = ["--set", "corpus.missing=skip", "corpus.unreadable=skip"];
    const trained = await run(train("--data", "torn", "--out", "fresh", ...skips));
    expect(trained.exitCode).toBe(0);
    expect(trained.out).toContain("1 captioned pictures are missing and were left out.");
    expect(trained.out).toContain("1 pictures cannot be read: b.jpg (PICTURE_DAMAGED).");
    const { out } = await run(["inspect", "--data", "torn", "--json"]);
    const { splits, warnings } = JSON.parse(out) as {
      splits: { train: { pictures: number } };
      warnings: string[];
    };
    expect(splits.train.pictures).toBe(2);
    expect(warnings.join()).toMatch(
      /1 captioned pictures are missing.*dev and train share pictures of the same bytes: 1/,
    );
  }, 60_000);
});

describe("what is refused", () => {
  it("a network that is not there", async () => {
    const args = ["--out", "fresh2", "--set", "picture.encoder=pretrained", "picture.network=nowhere"];
    const { exitCode, err } = await run(train(...args));
    expect(err).toMatch(/^error DATA_NOT_FOUND: .*"nowhere"/);
    expect(exitCode).toBe(2);
    expect(place.has("fresh2")).toBe(false);
  });

  it("folders and patterns without pictures, and a run of another task", async () => {
    place.write({
      "empty/notes.txt": "",
      "other/config.json": '{"formatVersion": 1, "task": "slots", "config": {}}',
    });
    const none = await run(["predict", "--run", "run", at("empty")]);
    expect(none.err).toMatch(/^error PICTURES_NONE: \S+empty:/);
    expect(none.exitCode).toBe(2);
    const other = await run(["predict", "--run", "other", at("good/1.jpg")]);
    expect(other.err).toMatch(/RUN_TASK: .*"slots", not of "caption"/);
    expect(other.exitCode).toBe(2);
  });

  it("drawings of what a network looked at that does not look", async () => {
    expect(await run(train("--out", "blind", "--set", "model.form=every-step"))).toMatchObject({
      exitCode: 0,
    });
    const args = ["predict", "--run", "blind", at("good/1.jpg")];
    const said = await run([...args, "--attention", at("sheets")]);
    expect(said).toMatchObject({ exitCode: 2, out: "" });
    expect(said.err).toMatch(/^error FLAG_ATTENTION: /);
    expect(place.has("sheets")).toBe(false);
    expect(await run(args)).toMatchObject({ exitCode: 0, err: "" });
    const together = await run([...args, "--run", "run", "--attention", at("sheets")]);
    expect(together.err).toMatch(/^error FLAG_ATTENTION: /);
    expect(await run([...args, "--run", "run"])).toMatchObject({ exitCode: 0, err: "" });
  });

  it.each([
    [["--beam", "0"], /FLAG_VALUE: --beam 0/],
    [["--sample", "--top-p", "1.5"], /FLAG_VALUE: --top-p 1\.5/],
    [["--temperature", "2"], /FLAG_SAMPLE: --temperature/],
    [["--nbest", "many"], /FLAG_VALUE: --nbest many/],
  ])("flags that cannot be meant: %j", async (flags, error) => {
    const { exitCode, out, err } = await run(["predict", "--run", "run", at("good/1.jpg"), ...flags]);
    expect(err).toMatch(error);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  });
});
