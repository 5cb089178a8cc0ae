import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { killSettings } from "./fixtures/kill-settings.js";
import { SignProduct } from "./fixtures/sign-product.js";
import { RunFolder } from "./node.js";
import { writeConfig } from "./run.js";
import { MemoryStore } from "./store.js";
import { train } from "./train.js";

const program = fileURLToPath(new URL("./fixtures/train-to-be-killed.ts", import.meta.url));

/** Starts the program, waits for its first step and a while more, and kills it without a chance to clean up. */
async function trainAndKill(path: string, milliseconds: number): Promise<NodeJS.Signals | null> {
  const arguments_ = ["--conditions=@timestep/source", "--import", "tsx", program, path];
  const child = spawn(process.execPath, arguments_, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), ended]);
  child.stdout.resume();
  await wait(milliseconds);
  child.kill("SIGKILL");
  const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  return signal;
}

it("goes on to the bits of an unbroken run after kill -9 at random moments", async () => {
  await startEngine({ engine: "cpu" });
  const options = { random: seeded(3) };
  const whole = new SignProduct();
  const wholeOutcome = await train(whole, killSettings, { ...options, store: new MemoryStore() });

  const root = await mkdtemp(join(tmpdir(), "timestep-kill-"));
  const path = join(root, "run");
  await writeConfig(await RunFolder.create(path), "signs", {});
  const delays = [Math.random() * 120, Math.random() * 120];
  for (const delay of delays) expect(await trainAndKill(path, delay), `after ${delay} ms`).toBe("SIGKILL");

  const resumed = new SignProduct();
  const store = await RunFolder.open(path);
  const outcome = await train(resumed, killSettings, { ...options, store, resume: true });
  await rm(root, { recursive: true });

  const timeless = ({ history }: typeof outcome) => history.map((record) => ({ ...record, minutes: 0 }));
  expect(outcome.resumed, `killed after ${delays.join(" and ")} ms`).toBe(true);
  expect(await resumed.model.weights(), `killed after ${delays.join(" and ")} ms`).toEqual(
    await whole.model.weights(),
  );
  expect(timeless(outcome)).toEqual(timeless(wholeOutcome));
});
