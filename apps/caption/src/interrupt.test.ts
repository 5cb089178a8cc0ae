import { Trainings, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, expect, it } from "vitest";
import { caption, captionHere, oneThread } from "./fixtures/cli.js";
import { coloursWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(await coloursWorkplace());
afterAll(() => {
  place.remove();
});

/** All that is drawn at random: captions of a picture, its own words in place of the true ones, dropout, rewards. */
const settings = [
  ...["captionsPerPicture=1", "model.dropout.picture=0.1", "model.dropout.output=0.1"],
  ...["sampling.kind=linear", "sampling.least=0.7", "sampling.speed=20", "reward.epochs=2"],
  // The rate of a schedule with an end depends on how long the training is to be.
  ...["training.schedule.kind=constant", "training.epochs=8", "training.averaging=0.9"],
];
const args = ["--config", "tiny.json", ...settings.flatMap((set) => ["--set", set])];
const trainings = new Trainings(caption, place, args, oneThread);

beforeAll(async () => {
  const whole = await captionHere(["train", ...args, "--out", "whole"], place.path);
  expect(whole.err).toBe("");
  expect(whole.exitCode).toBe(0);
}, 120_000);

it("goes on after kill -9, and after Ctrl-C, to the bytes of an unbroken run", async () => {
  const evaluated = (count: number) => (): boolean => trainings.history("broken").length >= count;
  const killed = await trainings.breakOff(trainings.start("broken"), evaluated(2), "SIGKILL");
  expect(killed).toMatchObject({ signal: "SIGKILL" });
  const done = trainings.history("broken").length;
  expect(done).toBeLessThan(8);
  const going = trainings.start("broken", "--resume");
  const stopped = await trainings.breakOff(going, evaluated(done + 1), "SIGINT");
  expect(stopped.exitCode).toBe(130);
  expect(stopped.err).toContain(
    "the best weights so far are in broken/model.safetensors; go on with --resume",
  );
  expect(await captionHere(["train", "--out", "broken", "--resume"], place.path)).toMatchObject({
    exitCode: 0,
  });
  expect(trainings.model("broken").equals(trainings.model("whole"))).toBe(true);
  expect(trainings.history("broken")).toEqual(trainings.history("whole"));
}, 120_000);
