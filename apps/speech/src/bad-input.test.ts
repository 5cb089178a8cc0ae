import { join } from "node:path";
import { writeWav } from "@timestep/data";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { speechHere } from "./fixtures/cli.js";

const sound = Float32Array.from({ length: 4000 }, (_, n) => Math.sin(n / 3) / 2);
const good = writeWav({ samples: sound, sampleRateHz: 8000 });

/** The good recording with some bytes changed. */
function changed(offset: number, ...bytes: number[]): Uint8Array {
  const copy = good.slice();
  copy.set(bytes, offset);
  return copy;
}

/** A recording in floating point whose last sample is no number. */
function withNaN(): Uint8Array {
  const wav = writeWav({ samples: sound, sampleRateHz: 8000 }, "32f");
  wav.set([0, 0, 0xc0, 0x7f], wav.length - 4);
  return wav;
}

const thirty = Array.from({ length: 30 }, () => "yes").join(" ");

/** What may be wrong with a recording or its text, the error, and what leaves it out. */
const bad: readonly (readonly [what: string, wav: Uint8Array, text: string, error: RegExp, skip: string])[] =
  [
    ["cut short", good.slice(0, 1000), "yes", /WAV_\w+: bad\.wav/, "corpus.damaged=skip"],
    ["of a false length", changed(40, 255, 255, 255, 127), "yes", /WAV_\w+: bad\.wav/, "corpus.damaged=skip"],
    [
      "without samples",
      changed(40, 0, 0, 0, 0).slice(0, 44),
      "yes",
      /WAV_\w+: bad\.wav/,
      "corpus.damaged=skip",
    ],
    ["with NaN", withNaN(), "yes", /WAV_NOT_FINITE: bad\.wav/, "corpus.damaged=skip"],
    ["without channels", changed(22, 0, 0), "yes", /WAV_\w+: bad\.wav/, "corpus.damaged=skip"],
    [
      "an MP3",
      Uint8Array.from([73, 68, 51, 4, 0, 0, 0]),
      "yes",
      /WAV_NOT_WAV: bad\.wav/,
      "corpus.damaged=skip",
    ],
    [
      "too short",
      good,
      thirty,
      /SPEECH_TOO_SHORT.*bad\.wav.*needs 59 \(30 labels \+ 29 repeats\)/s,
      "infeasible=skip",
    ],
    ["with a text outside the alphabet", good, "yes!", /SPOKEN_ALPHABET.*"!"/s, "corpus.outside=skip"],
  ];

const wavs = Object.fromEntries(bad.map(([, wav], place) => [`corpus${place}/bad.wav`, wav]));
const place = new Workplace(wavs);
for (const [index, [, , text]] of bad.entries()) {
  const rows = [
    ["train", "good.wav", "yes"],
    ["train", "bad.wav", text],
    ["dev", "good2.wav", "yes"],
  ];
  const table = [["split", "file", "transcript"], ...rows].map((row) => `${row.join("\t")}\n`).join("");
  const files = { "good.wav": good, "good2.wav": good, "clips.tsv": table };
  for (const [name, content] of Object.entries(files)) place.write({ [`corpus${index}/${name}`]: content });
}
afterAll(() => {
  place.remove();
});

const run = (...args: string[]): Promise<Finished> => speechHere(args, place.path);
const at = (name: string): string => join(place.path, name);

/** Trains for a moment on two recordings, one of which is bad. */
function trainOn(index: number, out: string, ...more: string[]): Promise<Finished> {
  const sets = ["training.epochs=1", "model.hiddenSize=4", "model.layers=1", "corpus.alphabet=esy ", ...more];
  const flags = sets.flatMap((set) => ["--set", set]);
  return run("train", "--data", `corpus${index}`, "--out", out, "--quiet", ...flags);
}

beforeAll(async () => {
  expect(await trainOn(0, "run", "corpus.damaged=skip")).toMatchObject({ exitCode: 0 });
}, 120_000);

describe("a recording that is bad", { timeout: 60_000 }, () => {
  it.each(bad.map((row, index) => [row[0], index, row[3]] as const))(
    "is named, and nothing is left behind: %s",
    async (_, index, error) => {
      const { exitCode, out, err } = await trainOn(index, `run${index}`);
      expect(err).toMatch(new RegExp(`^error [^]*${error.source}`, "s"));
      expect(err).toMatch(/\n {2}\S/); // what to do
      expect(err).not.toMatch(/\n +at /);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(place.has(`run${index}`)).toBe(false);
    },
  );

  it("is left out and counted where that is asked for", async () => {
    for (const [index, notice] of [
      [0, "1 recording that cannot be read was left out, first: "],
      [6, "1 recording is too short for its text, first bad.wav: left out."],
      [7, "characters outside the alphabet and was left out"],
    ] as const) {
      const { exitCode, out } = await trainOn(index, `kept${index}`, bad[index]?.[4] ?? "");
      expect(out).toContain(notice);
      expect(exitCode).toBe(0);
    }
  });

  it("ends predict with its name after those before it are answered", async () => {
    const { exitCode, out, err } = await run("predict", "--run", "run", at("corpus3/*.wav"), "--json");
    expect(err).toMatch(/^error WAV_NOT_FINITE: .*corpus3\/bad\.wav/);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    const later = await run(
      "predict",
      "--run",
      "run",
      at("corpus3/good.wav"),
      at("corpus3/bad.wav"),
      "--json",
    );
    expect(JSON.parse(later.out)).toHaveProperty("audio", at("corpus3/good.wav"));
    expect(later.exitCode).toBe(2);
  });

  it("is no run of another task, nor a pattern that nothing fits", async () => {
    const nothing = await run("predict", "--run", "run", at("none*.wav"));
    expect(nothing.err).toMatch(/^error AUDIO_NOT_FOUND: .*none\*\.wav: no file fits/);
    expect(nothing.exitCode).toBe(2);
    const config = place.read("run/config.json").toString("utf8").replace('"speech"', '"slots"');
    place.write({ "foreign/config.json": config });
    const foreign = await run("predict", "--run", "foreign", at("corpus0/good.wav"));
    expect(foreign.err).toMatch(/^error RUN_TASK/);
    expect(foreign.exitCode).toBe(2);
  });
});
