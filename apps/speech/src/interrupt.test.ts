import { Trainings, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, expect, it } from "vitest";
import { speech } from "./fixtures/cli.js";
import { tinyConfig, toneFiles } from "./fixtures/corpus.js";

const place = new Workplace({
  ...toneFiles("data/tones", { singles: true }),
  "words.json": JSON.stringify(tinyConfig),
});
afterAll(() => {
  place.remove();
});

/** Strings joined anew in each epoch, varied sound and dropout: all that is drawn at random; learnt for a short while. */
const settings = [
  ...["strings.perEpoch=12", "strings.dev=4", "augmentation.noiseShare=0.5", "augmentation.timeMasks=1"],
  ...["augmentation.speeds=[0.9,1,1.1]", "model.dropout.output=0.2", "training.averaging=0.9"],
  // The rate of a schedule with an end depends on how long the training is to be.
  ...["training.schedule.kind=constant", "training.epochs=12", "training.evaluateEvery=2"],
];
const trainings = new Trainings(
  speech,
  place,
  ["--config", "words.json", ...settings.flatMap((set) => ["--set", set])],
  { TIMESTEP_THREADS: "1" },
);

beforeAll(async () => {
  const whole = await trainings.run("whole");
  expect(whole.err).toBe("");
  expect(whole.exitCode).toBe(0);
}, 120_000);

it("keeps usable best weights at Ctrl-C, names them and ends with 130; --resume goes on to the same bytes", async () => {
  const running = trainings.start("stopped", "--set", "training.epochs=100000");
  const kept = (): boolean => trainings.has("stopped", "model.safetensors");
  const { exitCode, err } = await trainings.breakOff(running, kept, "SIGINT");
  expect(exitCode).toBe(130);
  expect(err).toContain("the best weights so far are in stopped/model.safetensors; go on with --resume");
  const heard = await speech.run(["predict", "--run", "stopped", "data/tones/wav/test0.wav"], {
    cwd: place.path,
  });
  expect(heard).toMatchObject({
    exitCode: 0,
    out: expect.stringMatching(/^data\/tones\/wav\/test0\.wav: /) as string,
  });
  const resumed = await trainings.resume("stopped", "--set", "training.epochs=12");
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(trainings.model("stopped").equals(trainings.model("whole"))).toBe(true);
}, 120_000);

it("goes on after kill -9 to the bytes of an unbroken run", async () => {
  const far = (): boolean => trainings.history("killed").length >= 2; // of 6
  const finished = await trainings.breakOff(trainings.start("killed"), far, "SIGKILL", 20);
  expect(finished).toMatchObject({ signal: "SIGKILL" });
  expect(trainings.history("killed").length).toBeLessThan(6);
  expect(await trainings.resume("killed")).toMatchObject({ exitCode: 0 });
  expect(trainings.model("killed").equals(trainings.model("whole"))).toBe(true);
  expect(trainings.history("killed")).toEqual(trainings.history("whole"));
}, 120_000);
