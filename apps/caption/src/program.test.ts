import { existsSync } from "node:fs";
import { join } from "node:path";
import { seeded } from "@timestep/base";
import { type Finished, Workplace } from "@timestep/testing/program";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captionHere } from "./fixtures/cli.js";
import { colourPicture, coloursWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(await coloursWorkplace());
const run = (...args: string[]): Promise<Finished> => captionHere(args, place.path);
/** Where a file of the workplace is. */
const at = (name: string): string => join(place.path, name);

let trained: Finished;
beforeAll(async () => {
  trained = await run("train", "--config", "tiny.json", "--out", "run", "--json");
}, 120_000);
afterAll(() => {
  place.remove();
});

interface Scored {
  readonly metrics: Record<string, number>;
  readonly settings: string;
  readonly baseline: { readonly name: string };
  readonly baselines: { readonly name: string }[];
  readonly notes: string[];
}

interface Line {
  readonly image: string;
  readonly caption: string;
  readonly score: number;
  readonly nbest: { readonly text: string; readonly score: number }[];
  readonly attention?: string;
}

const linesOf = ({ out }: Finished): Line[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

describe("train and evaluate", () => {
  it("learns, and leaves a whole run with a report", () => {
    expect(trained).toMatchObject({ exitCode: 0 });
    const { metrics, baseline, baselines } = JSON.parse(trained.out) as Scored;
    expect(metrics["exact"]).toBe(100);
    expect(Object.keys(metrics)).toEqual(
      expect.arrayContaining(["bleu1", "bleu4", "rougeL", "ciderD", "distinct", "copied", "loss"]),
    );
    expect([baseline, ...baselines].map(({ name }) => name)).toEqual([
      "most frequent caption",
      "nearest picture's",
    ]);
    const files = ["config.json", "model.safetensors", "vocab.json", "metrics.jsonl", "environment.json"];
    for (const file of files) expect(existsSync(join(place.path, "run", file))).toBe(true);
    const report = place.read("run/report.html").toString();
    for (const part of ["Dev split", "Attention", "Worst captions", "<svg", "data:image/jpeg"])
      expect(report).toContain(part);
    expect(report).not.toContain("<script");
  });

  it("writes a gallery of the test split into the run, or where it is asked to", async () => {
    const one = JSON.parse((await run("evaluate", "--run", "run", "--json")).out) as Scored;
    expect(one).toMatchObject({ task: "caption", split: "test", examples: 12 });
    expect(one.notes.join()).toContain(`gallery: ${at("run/gallery-test.html")}`);
    const page = place.read("run/gallery-test.html").toString();
    for (const title of ["Best", "Median", "Worst"]) expect(page).toContain(`<h2>${title} by CIDEr-D</h2>`);
    // Each picture once in its part, six of them with their attention too.
    expect(page.match(/<figure/g)).toHaveLength(12 + 6);
    expect(page).toContain("<li>the wall is grey</li>");
    const args = ["--run", "run", "--run", "run", "--beam", "2", "--gallery", at("pages/two.html"), "--json"];
    const two = JSON.parse((await run("evaluate", ...args)).out) as Scored;
    expect(two.metrics["ciderD"]).toBeCloseTo(one.metrics["ciderD"] as number, 6);
    expect(two.settings).toContain("runs:2");
    expect(two.metrics).not.toHaveProperty("loss");
    expect(place.read("pages/two.html").toString()).toContain("<h2>Attention</h2>");
  }, 60_000);
});

describe("predict", () => {
  it("takes files, folders and patterns in their order, and draws what words looked at", async () => {
    const random = seeded(8);
    place.write({
      "new/deep/b.png": await colourPicture("b.png", "blue", random),
      "new/a.jpg": await colourPicture("a.jpg", "green", random),
      "new/readme.txt": "no picture",
      lone: await colourPicture("lone.jpg", "red", random),
    });
    const pictures = ["lone", "new", "data/colours/test/grey-?.*"].map(at);
    const args = ["--run", "run", "--nbest", "2", "--attention", at("sheets"), "--json"];
    const said = await run("predict", ...pictures, ...args);
    expect(said).toMatchObject({ exitCode: 0, err: "" });
    const lines = linesOf(said);
    const grey = ["0.jpg", "1.png", "2.jpg"].map((name) => `data/colours/test/grey-${name}`);
    expect(lines.map(({ image }) => image)).toEqual(["lone", "new/a.jpg", "new/deep/b.png", ...grey].map(at));
    const colours = ["red", "green", "blue", "grey", "grey", "grey"];
    for (const [index, line] of lines.entries()) {
      expect(Object.keys(line)).toEqual(["image", "caption", "score", "nbest", "attention"]);
      expect(line.caption).toContain(colours[index]);
      expect(line.nbest).toHaveLength(2);
      expect(line.nbest[0]).toEqual({ text: line.caption, score: line.score });
      expect(line.score).toBeGreaterThanOrEqual(line.nbest[1]?.score ?? 0);
    }
    expect(lines[1]?.attention).toBe(at("sheets/a.attention.png"));
    const { format, width = 0, height } = await sharp(place.read("sheets/lone.attention.png")).metadata();
    expect(format).toBe("png");
    // Four tiles of 224 pixels: the picture and three words of "a red wall", or four more.
    expect(width).toBeGreaterThan(3 * 224);
    expect(height).toBeGreaterThan(224);
  }, 60_000);

  it("draws captions by chance, the same for the same seed, and searches for unlike ones", async () => {
    const said = async (...args: string[]): Promise<Line> => {
      const picture = at("data/colours/test/red-0.jpg");
      const [line] = linesOf(await run("predict", "--run", "run", picture, "--json", ...args));
      return line as Line;
    };
    const drawn = ["--sample", "--temperature", "3", "--nbest", "4"];
    const one = await said(...drawn, "--seed", "5");
    expect(await said(...drawn, "--seed", "5")).toEqual(one);
    expect(await said(...drawn, "--seed", "6")).not.toEqual(one);
    const unlike = await said("--beam", "2", "--groups", "2", "--diversity", "20", "--nbest", "2");
    const firsts = unlike.nbest.map(({ text }) => text.split(" ")[0]);
    expect(new Set(firsts)).toEqual(new Set(["a", "the"]));
  });
});

describe("inspect", () => {
  it("counts what a corpus holds and what a run is made of", async () => {
    const data = await run("inspect", "--data", "colours", "--config", "tiny.json", "--json");
    expect(data.err).toBe("");
    expect(JSON.parse(data.out)).toMatchObject({
      format: "jsonl",
      vocabulary: { words: 8, known: 8 },
      splits: {
        train: { pictures: 32, captions: 64, meanLength: 3.5, longest: 4, unknownWords: 0 },
        test: { pictures: 12, inTraining: 24, width: { least: 24, most: 24 }, unreadable: [] },
      },
      warnings: [],
    });
    const made = await run("inspect", "--run", "run", "--json");
    expect(JSON.parse(made.out)).toMatchObject({
      sizes: { words: 12 },
      network: { form: "attention" },
      places: { rows: 4, columns: 4, size: 16 },
    });
  }, 60_000);
});
