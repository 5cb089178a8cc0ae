import { join } from "node:path";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { speechHere } from "./fixtures/cli.js";
import { toneWorkplace, unclearWav } from "./fixtures/corpus.js";

const place = new Workplace({
  ...toneWorkplace(),
  "unclear.wav": unclearWav(),
  "mostly-low.txt": "top low\n".repeat(40) + "top mid\nlow\nmid\n",
  "mostly-mid.txt": "top mid\n".repeat(40) + "top low\nlow\nmid\n",
  "names.txt": "mid\n\n top \n",
});
const run = (...args: string[]): Promise<Finished> => speechHere(args, place.path);
/** Where a file of the workplace is. */
const at = (name: string): string => join(place.path, name);

/** Runs what must succeed, and gives what it printed. */
async function printed(...args: string[]): Promise<string> {
  const { exitCode, out, err } = await run(...args);
  expect({ exitCode, err: err.replace(/^note: .*\n/, "") }).toEqual({ exitCode: 0, err: "" });
  return out;
}

interface Said {
  readonly audio: string;
  readonly text: string;
  readonly confidence: number;
  readonly words: readonly { text: string; start: number; end: number; confidence: number }[];
  readonly nbest: readonly { text: string; score: number }[];
}
const lines = (out: string): Said[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Said);

beforeAll(async () => {
  const kinds = ["words", "letters", "vectors"];
  for (const kind of kinds) await printed("train", "--config", `${kind}.json`, "--out", kind, "--json");
}, 120_000);
afterAll(() => {
  place.remove();
});

/** A page that runs nothing and asks nothing of any other place. */
function expectSelfContained(html: string): void {
  expect(html).not.toMatch(/<script|<iframe|<object|<embed|<link|@import|\son\w+\s*=|javascript:/i);
  expect(html.match(/(?:src|href|action)\s*=\s*["'](?!#|data:)[^"']*/gi)).toBeNull();
}

describe("predict", { timeout: 60_000 }, () => {
  it("answers each recording that a pattern names, in order, with times and confidences", async () => {
    const found = lines(await printed("predict", "--run", "words", at("data/**/test*.wav"), "--json"));
    expect(found.map(({ audio }) => audio)).toEqual(
      [0, 1, 2, 3, 4].map((n) => at(`data/tones/wav/test${n}.wav`)),
    );
    const said = ["low", "mid", "top", "low low", "top mid low"];
    expect(found.filter(({ text }, n) => text === said[n]).length).toBeGreaterThanOrEqual(4);
    for (const { text, words, confidence, nbest } of found) {
      expect(words.map((word) => word.text).join(" ")).toBe(text);
      for (const word of words) {
        expect(word.end).toBeGreaterThan(word.start);
        expect(word.confidence).toBeLessThanOrEqual(1);
      }
      expect(nbest).toEqual([{ text, score: expect.closeTo(Math.log(confidence), 4) as number }]);
    }
  });

  it("reads names from stdin and searches a stream for several readings; those before a bad one are answered", async () => {
    const names = `${at("data/tones/wav/test4.wav")}\n\nmissing.wav\n`;
    const args = ["predict", "--run", "letters", "-", "--stream", "--beam", "8", "--nbest", "2", "--json"];
    const { exitCode, out, err } = await speechHere(args, place.path, names);
    expect(err).toMatch(/^error AUDIO_NOT_FOUND: missing\.wav/);
    expect(exitCode).toBe(2);
    const [said, ...none] = lines(out);
    expect(none).toEqual([]);
    expect(said?.nbest).toHaveLength(2);
    expect(said?.nbest[0]?.text).toBe(said?.text);
    expect(said).toMatchObject({ latencySeconds: expect.any(Number) as number });
    const whole = ["predict", "--run", "letters", at("data/tones/wav/test4.wav"), "--beam", "8", "--json"];
    expect(lines(await printed(...whole))[0]?.text).toBe(said?.text);
  });

  it("tells when the words of a known text are said", async () => {
    const out = await printed(
      "predict",
      "--run",
      "words",
      at("data/tones/wav/test4.wav"),
      "--align",
      "top mid low",
    );
    expect(out).toMatch(/test4\.wav\n {2}\d\.\d\d to \d\.\d\d s {2}top \(.*\n.* mid .*\n.* low /);
    const both = await run(
      "predict",
      "--run",
      "words",
      at("data/tones/wav/test4.wav"),
      "--align",
      "top",
      "--stream",
    );
    expect(both).toMatchObject({ exitCode: 2, out: "" });
    expect(both.err).toMatch(/^error FLAG_CONTRADICTION: --align and --stream/);
  });
});

describe("language models", { timeout: 60_000 }, () => {
  it("decide what the sound leaves open, each in its own way", async () => {
    for (const word of ["low", "mid"]) {
      const file = at(`${word}.arpa`);
      const made = JSON.parse(
        await printed("lm", at(`mostly-${word}.txt`), "--out", file, "--json"),
      ) as object;
      expect(made).toMatchObject({ out: file, order: 3, smoothing: "kneser-ney", texts: 43, tokens: 84 });
      const args = ["predict", "--run", "words", at("unclear.wav"), "--lm", file, "--lm-weight", "4"];
      const { out, err } = await run(...args);
      expect(out).toMatch(new RegExp(`unclear\\.wav: top ${word} `));
      expect(err).toBe("note: --lm needs a search: --beam 32 is taken.\n");
    }
  });

  it("are trained on the texts of a corpus, tuned on dev, and named by scores that they change", async () => {
    const made = await printed("lm", "--config", "letters.json", "--order", "2", "--out", at("tones.arpa"));
    expect(made).toContain("tones.arpa\norder 2, kneser-ney, of words");
    expect(made).toMatch(/texts +20\nwords +30/);
    const grid = ["--lm-weight", "0,1", "--word-bonus", "-1,2"];
    const tuned = JSON.parse(
      await printed("tune", "--run", "letters", "--lm", at("tones.arpa"), ...grid, "--json"),
    ) as {
      best: { wer: number };
      without: { path: number };
      trials: object[];
    };
    expect(tuned).toMatchObject({ split: "dev", examples: 5, beam: 32, lm: "tones.arpa" });
    expect(tuned.trials).toHaveLength(4);
    expect(tuned.best.wer).toBeLessThanOrEqual(tuned.without.path);
    const scored = JSON.parse(
      await printed("evaluate", "--run", "letters", "--lm", at("tones.arpa"), "--json"),
    ) as {
      metrics: Record<string, number>;
      settings: string;
    };
    expect(scored.settings).toMatch(/ decode:ctc beam:32 lm:tones\.arpa order:2 weight:0\.5 bonus:1$/);
    const { streamRealTimeFactor, delaySeconds, delaySeconds95, realTimeFactor } = scored.metrics;
    for (const figure of [streamRealTimeFactor, delaySeconds, realTimeFactor])
      expect(figure).toBeGreaterThan(0);
    expect(delaySeconds95).toBeGreaterThan(0);
  });

  it("give way to hot words, listed or in a file", async () => {
    const known = await printed(
      "predict",
      "--run",
      "words",
      at("unclear.wav"),
      "--hot-words",
      at("names.txt"),
      "--hot-weight",
      "20",
    );
    expect(known).toContain("top mid");
    const args = ["--lm", at("mostly-mid.txt"), "--hot-words", "low"];
    const noModel = await run("predict", "--run", "words", at("unclear.wav"), ...args);
    expect(noModel.err).toMatch(/^error ARPA_FORMAT: .*mostly-mid\.txt is no language model/);
    const kept = place.read("mostly-mid.txt");
    const over = await run("lm", at("mostly-low.txt"), "--out", at("mostly-mid.txt"));
    expect(over.err).toMatch(/^error LM_OUT_EXISTS/);
    expect(over.exitCode).toBe(2);
    expect(place.read("mostly-mid.txt").equals(kept)).toBe(true);
    const nowhere = await run("lm", at("mostly-low.txt"), "--out", at("nowhere/m.arpa"));
    expect(nowhere.err).toMatch(/^error LM_NOT_WRITABLE: .*ENOENT/);
    expect(nowhere.exitCode).toBe(2);
  });
});

describe("evaluate and inspect", { timeout: 60_000 }, () => {
  it("print errors by kind beside baselines, alignments, and that a network cannot stream", async () => {
    const out = await printed("evaluate", "--run", "words", "--decode", "trim", "--alignments");
    expect(out).toMatch(/metric +score +empty text +always "low" +decode ctc\nwer /);
    expect(out).toMatch(/REF:.*low.*low.*\n.*HYP:/);
    const refused = await run("evaluate", "--run", "words", "--stream");
    expect(refused.err).toMatch(/^error SPEECH_STREAM/);
    expect(refused).toMatchObject({ exitCode: 2, out: "" });
  });

  it("pictures the worst utterances in the report", () => {
    const html = place.read("words/report.html").toString("utf8");
    expectSelfContained(html);
    for (const text of ["<polyline", "<rect", "Word error rate, % by repeats", "Heard: "])
      expect(html).toContain(text);
  });

  it("tell what a run is made of", async () => {
    const out = await printed("inspect", "--run", "letters");
    expect(out).toContain("labels (characters)\n dilmoptw\n");
    const json = JSON.parse(await printed("inspect", "--run", "vectors", "--json")) as object;
    expect(json).toMatchObject({ kind: "embedder", sizes: { embedding: 8 }, settings: { kind: "embedder" } });
    expect(json).not.toHaveProperty("labels");
  });
});

describe("vectors of spoken words", { timeout: 60_000 }, () => {
  it("are scored by their neighbours, word by word", async () => {
    const args = ["evaluate", "--run", "vectors"];
    const [json, text] = [await printed(...args, "--json"), await printed(...args)];
    const { metrics, settings } = JSON.parse(json) as { metrics: Record<string, number>; settings: string };
    expect(Object.keys(metrics)).toEqual(["neighbourAccuracy", "speakerAccuracy", "reconstructionError"]);
    expect(settings).toBe("neighbours:1 distance:cosine pool:train words:text");
    expect(text).toMatch(/word +recordings +same word % +of other speakers % +other words\nlow +1 /);
  });

  it("are printed for each recording, and no text is searched for", async () => {
    const found = (await printed("predict", "--run", "vectors", at("data/tones/wav/test*.wav"), "--json"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { audio: string; embedding: number[] });
    expect(found.map(({ embedding }) => embedding.length)).toEqual([8, 8, 8, 8, 8]);
    expect(found[0]?.embedding).not.toEqual(found[1]?.embedding);
    const refused = await run("predict", "--run", "vectors", at("data/tones/wav/test0.wav"), "--beam", "4");
    expect(refused.err).toMatch(
      /^error FLAG_KIND: --beam is for runs that write down what is said; .*vectors/,
    );
    expect(refused).toMatchObject({ exitCode: 2, out: "" });
  });

  it("lie in a picture of the report, each word at its own", () => {
    const html = place.read("vectors/report.html").toString("utf8");
    expectSelfContained(html);
    expect(html.match(/<circle/g)).toHaveLength(5);
    for (const text of [
      "Where words lie",
      "Nearest neighbours by word",
      ">mid low</text>",
      "reconstructionError",
    ])
      expect(html).toContain(text);
  });
});
