import { seeded } from "@timestep/base";
import { Trainings, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, expect, it } from "vitest";
import { slots } from "./fixtures/cli.js";
import { tripWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(tripWorkplace());
const trainings = new Trainings(slots, place, ["--config", "tiny.json"]);

beforeAll(async () => {
  expect(await trainings.run("whole")).toMatchObject({ exitCode: 0 });
}, 60_000);
afterAll(() => {
  place.remove();
});

it("keeps usable best weights at Ctrl-C, names them and ends with 130; --resume goes on to the same bytes", async () => {
  const running = trainings.start("stopped", "--set", "training.epochs=100000");
  const kept = (): boolean => trainings.has("stopped", "model.safetensors");
  const { exitCode, err } = await trainings.breakOff(running, kept, "SIGINT");
  expect(exitCode).toBe(130);
  expect(err).toContain(
    "interrupted: the best weights so far are in stopped/model.safetensors; go on with --resume",
  );
  const predicted = await slots.run(["predict", "--run", "stopped", "--json", "leave Bonn"], {
    cwd: place.path,
  });
  expect(predicted.exitCode).toBe(0);
  expect(JSON.parse(predicted.out)).toHaveProperty("tokens.1.text", "Bonn");

  expect(await trainings.resume("stopped", "--set", "training.epochs=8")).toMatchObject({ exitCode: 0 });
  expect(trainings.model("stopped").equals(trainings.model("whole"))).toBe(true);
}, 60_000);

it("goes on after kill -9 at random moments to the bytes of an unbroken run, seed 5", async () => {
  const random = seeded(5);
  const evaluations = [1 + random.integer(3), 4 + random.integer(3)]; // of 8
  const delays = evaluations.map(() => random.integer(60));
  for (const [index, count] of evaluations.entries()) {
    const running = trainings.start("killed", ...(index === 0 ? [] : ["--resume"]));
    const far = (): boolean => trainings.history("killed").length >= count;
    const finished = await trainings.breakOff(running, far, "SIGKILL", delays[index]);
    expect(finished).toMatchObject({ signal: "SIGKILL" });
  }
  const told = `killed ${delays.join(" and ")} ms after evaluations ${evaluations.join(" and ")}`;
  expect(trainings.history("killed").length, told).toBeLessThan(8);
  expect(await trainings.run("killed", "--resume"), told).toMatchObject({ exitCode: 0 });
  expect(trainings.model("killed").equals(trainings.model("whole")), told).toBe(true);
  expect(trainings.history("killed"), told).toEqual(trainings.history("whole"));
}, 90_000);

it("goes on after kill -9 right after the first checkpoint", async () => {
  const saved = (): boolean => trainings.has("early", "checkpoint/state.safetensors");
  const finished = await trainings.breakOff(trainings.start("early"), saved, "SIGKILL");
  expect(finished).toMatchObject({ signal: "SIGKILL" });
  expect(trainings.model("early").equals(trainings.model("whole"))).toBe(false);
  expect(await trainings.resume("early")).toMatchObject({ exitCode: 0 });
  expect(trainings.model("early").equals(trainings.model("whole"))).toBe(true);
}, 60_000);
