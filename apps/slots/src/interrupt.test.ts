import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { seeded } from "@timestep/base";
import { type Finished, type Running, Workplace } from "@timestep/testing/program";
import { afterAll, beforeAll, expect, it } from "vitest";
import { slots } from "./fixtures/cli.js";
import { tripWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(tripWorkplace());
const here = { cwd: place.path };
const run = (...args: string[]): Promise<Finished> => slots.run(args, here);
const train = (out: string, ...args: string[]): string[] => [
  "train",
  "--config",
  "tiny.json",
  "--out",
  out,
  ...args,
];
const model = (out: string): Buffer => place.read(`${out}/model.safetensors`);

beforeAll(async () => {
  expect(await run(...train("whole"))).toMatchObject({ exitCode: 0 });
}, 60_000);
afterAll(() => {
  place.remove();
});

/** Waits until something is so, or the program has ended. */
async function until({ child }: Running, so: () => boolean): Promise<void> {
  while (child.exitCode === null && !so()) await wait(5);
}

/** The evaluations of a run, without the time they took. */
function history(out: string): object[] {
  if (!existsSync(join(place.path, out, "metrics.jsonl"))) return [];
  const lines = place.read(`${out}/metrics.jsonl`).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => ({ ...(JSON.parse(line) as object), minutes: 0 }));
}

it("keeps usable best weights at Ctrl-C, names them and ends with 130; --resume goes on to the same bytes", async () => {
  const running = slots.start(train("stopped", "--set", "training.epochs=100000"), here);
  await until(running, () => existsSync(join(place.path, "stopped/model.safetensors")));
  running.child.kill("SIGINT");
  const { exitCode, err } = await running.finished;
  expect(exitCode).toBe(130);
  expect(err).toContain(
    "interrupted: the best weights so far are in stopped/model.safetensors; go on with --resume",
  );
  const predicted = await run("predict", "--run", "stopped", "--json", "leave Bonn");
  expect(predicted.exitCode).toBe(0);
  expect(JSON.parse(predicted.out)).toHaveProperty("tokens.1.text", "Bonn");

  const resumed = await run("train", "--out", "stopped", "--resume", "--set", "training.epochs=8");
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(model("stopped").equals(model("whole"))).toBe(true);
}, 60_000);

it("goes on after kill -9 at random moments to the bytes of an unbroken run, seed 5", async () => {
  const random = seeded(5);
  const evaluations = [1 + random.integer(3), 4 + random.integer(3)]; // of 8
  const delays = evaluations.map(() => random.integer(60));
  for (const [index, count] of evaluations.entries()) {
    const running = slots.start(train("killed", ...(index === 0 ? [] : ["--resume"])), here);
    await until(running, () => history("killed").length >= count);
    await wait(delays[index]);
    running.child.kill("SIGKILL");
    expect(await running.finished).toMatchObject({ signal: "SIGKILL" });
  }
  const told = `killed ${delays.join(" and ")} ms after evaluations ${evaluations.join(" and ")}`;
  expect(history("killed").length, told).toBeLessThan(8);
  expect(await run(...train("killed", "--resume")), told).toMatchObject({ exitCode: 0 });
  expect(model("killed").equals(model("whole")), told).toBe(true);
  expect(history("killed"), told).toEqual(history("whole"));
}, 90_000);

it("goes on after kill -9 right after the first checkpoint", async () => {
  const running = slots.start(train("early"), here);
  await until(running, () => existsSync(join(place.path, "early/checkpoint/state.safetensors")));
  running.child.kill("SIGKILL");
  expect(await running.finished).toMatchObject({ signal: "SIGKILL" });
  expect(model("early").equals(model("whole"))).toBe(false);
  expect(await run("train", "--out", "early", "--resume")).toMatchObject({ exitCode: 0 });
  expect(model("early").equals(model("whole"))).toBe(true);
}, 60_000);
