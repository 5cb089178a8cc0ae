import { writeWav } from "@timestep/data";
import { type Finished, Workplace } from "@timestep/testing/program";
import { afterAll, describe, expect, it } from "vitest";
import { speech } from "./fixtures/cli.js";

const samples = Float32Array.from({ length: 4000 }, (_, n) => Math.sin(n / 3) / 2);
const good = writeWav({ samples, sampleRateHz: 8000 });
const place = new Workplace({ "corpus/good.wav": good, "corpus/good2.wav": good });
afterAll(() => {
  place.remove();
});

const run = (...args: string[]): Promise<Finished> =>
  speech.run(args, { cwd: place.path, env: { TIMESTEP_THREADS: "1" } });

/** Trains on two recordings, one of which may be bad. */
function trainOn(wav: Uint8Array, text: string, ...more: string[]): Promise<Finished> {
  const rows = [
    "split\tfile\ttranscript",
    "train\tgood.wav\tyes",
    `train\tbad.wav\t${text}`,
    "dev\tgood2.wav\tyes",
  ];
  place.write({ "corpus/bad.wav": wav, "corpus/clips.tsv": `${rows.join("\n")}\n` });
  const sets = ["training.epochs=1", "model.hiddenSize=4", "model.layers=1", ...more];
  const flags = sets.flatMap((set) => ["--set", set]);
  return run("train", "--data", "corpus", "--out", "run", "--overwrite", "--quiet", ...flags);
}

describe("bad input of the program", () => {
  it("is a recording that cannot be read: named, or left out and counted", async () => {
    const refused = await trainOn(good.slice(0, 1000), "yes");
    expect(refused.err).toMatch(/^error WAV_\w+: bad\.wav/);
    expect(refused).toMatchObject({ exitCode: 2, out: "" });
    const skipped = await trainOn(good.slice(0, 1000), "yes", "corpus.damaged=skip");
    expect(skipped.out).toContain("1 recording that cannot be read was left out");
    expect(skipped.exitCode).toBe(0);
  });

  it("is a text that its recording is too short for, or that leaves the alphabet", async () => {
    const text = Array.from({ length: 30 }, () => "yes").join(" ");
    const short = await trainOn(good, text);
    expect(short.err).toMatch(/SPEECH_TOO_SHORT.*bad\.wav.*needs 59 \(30 labels \+ 29 repeats\)/s);
    expect(short).toMatchObject({ exitCode: 2, out: "" });
    const strange = await trainOn(good, "yes!", "corpus.alphabet=esy");
    expect(strange.err).toMatch(/SPOKEN_ALPHABET.*"!"/s);
    expect(strange).toMatchObject({ exitCode: 2, out: "" });
  });

  it("is a recording that is missing or a run of another task, where others are answered", async () => {
    expect(await trainOn(good, "yes")).toMatchObject({ exitCode: 0 });
    const missing = await run("predict", "--run", "run", "none.wav");
    expect(missing.err).toMatch(/^error AUDIO_NOT_FOUND: none\.wav/);
    expect(missing.exitCode).toBe(2);
    const { out } = await run("predict", "--run", "run", "corpus/good*.wav", "--json");
    const heard = out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { audio: string }).audio);
    expect(heard).toEqual(["corpus/good.wav", "corpus/good2.wav"]);
    place.write({
      "run/config.json": place.read("run/config.json").toString("utf8").replace('"speech"', '"slots"'),
    });
    const foreign = await run("predict", "--run", "run", "corpus/good.wav");
    expect(foreign.err).toMatch(/^error RUN_TASK/);
    expect(foreign.exitCode).toBe(2);
  });
});
