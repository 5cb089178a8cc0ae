import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { seeded } from "@timestep/base";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Finished, type Running, slots, startSlots, Workplace } from "./fixtures/cli.js";
import { tripWorkplace } from "./fixtures/corpus.js";

const place = new Workplace(tripWorkplace());
const here = { cwd: place.path };
const run = (...args: string[]): Promise<Finished> => slots(args, here);
const train = (out: string, ...args: string[]): string[] => [
  "train",
  "--config",
  "tiny.json",
  "--out",
  out,
  ...args,
];
const model = (out: string): Buffer => place.read(`${out}/model.safetensors`);

let wholeMs = 0;
beforeAll(async () => {
  const started = performance.now();
  expect(await run(...train("whole"))).toMatchObject({ exitCode: 0 });
  wholeMs = performance.now() - started;
}, 60_000);
afterAll(() => {
  place.remove();
});

/** Waits until the run has a file, or the program has ended. */
async function until({ child }: Running, file: string): Promise<void> {
  while (child.exitCode === null && !existsSync(join(place.path, file))) await wait(5);
}

it("keeps usable best weights at Ctrl-C, names them and ends with 130; --resume goes on to the same bytes", async () => {
  const running = startSlots(train("stopped", "--set", "training.epochs=100000"), here);
  await until(running, "stopped/model.safetensors");
  running.child.kill("SIGINT");
  const { exitCode, err } = await running.finished;
  expect(exitCode).toBe(130);
  expect(err).toContain(
    "interrupted: the best weights so far are in stopped/model.safetensors; go on with --resume",
  );
  const predicted = await run("predict", "--run", "stopped", "--json", "leave Bonn");
  expect(predicted.exitCode).toBe(0);
  expect(JSON.parse(predicted.out)).toHaveProperty("tokens.1.text", "Bonn");

  const resumed = await run("train", "--out", "stopped", "--resume", "--set", "training.epochs=15");
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(model("stopped").equals(model("whole"))).toBe(true);
}, 60_000);

it("goes on after kill -9 at random moments to the bytes of an unbroken run, seed 5", async () => {
  const random = seeded(5);
  const delays = [0.5, 0.75].map((share) => Math.round(wholeMs * (share + 0.25 * random.uniform())));
  const signals: (NodeJS.Signals | null)[] = [];
  for (const [index, delay] of delays.entries()) {
    const { child, finished } = startSlots(train("killed", ...(index === 0 ? [] : ["--resume"])), here);
    await Promise.race([wait(delay), once(child, "exit")]);
    child.kill("SIGKILL");
    signals.push((await finished).signal);
  }
  const told = `killed after ${delays.join(" and ")} ms of ${Math.round(wholeMs)}`;
  expect(signals, told).toContain("SIGKILL");
  expect(await run(...train("killed", "--resume")), told).toMatchObject({ exitCode: 0 });
  expect(model("killed").equals(model("whole")), told).toBe(true);
  const timeless = (out: string): unknown[] =>
    place
      .read(`${out}/metrics.jsonl`)
      .toString("utf8")
      .trimEnd()
      .split("\n")
      .map((line) => ({ ...(JSON.parse(line) as object), minutes: 0 }));
  expect(timeless("killed"), told).toEqual(timeless("whole"));
}, 90_000);

it("goes on after kill -9 in the middle of training, right after the first checkpoint", async () => {
  const running = startSlots(train("early"), here);
  await until(running, "early/checkpoint/state.safetensors");
  running.child.kill("SIGKILL");
  expect(await running.finished).toMatchObject({ signal: "SIGKILL" });
  expect(model("early").equals(model("whole"))).toBe(false);
  expect(await run("train", "--out", "early", "--resume")).toMatchObject({ exitCode: 0 });
  expect(model("early").equals(model("whole"))).toBe(true);
}, 60_000);
