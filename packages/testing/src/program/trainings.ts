import { setTimeout as wait } from "node:timers/promises";
import { type Finished, type Program, type Running } from "./program.js";
import { type Workplace } from "./workplace.js";

/** One training of a program, begun, broken off and gone on with in several run folders of a workplace. */
export class Trainings {
  /** @param args What follows `train`, without `--out`. */
  constructor(
    private readonly program: Program,
    private readonly place: Workplace,
    private readonly args: readonly string[],
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** Starts training into a folder. */
  start(out: string, ...more: string[]): Running {
    const args = ["train", ...this.args, "--out", out, ...more];
    return this.program.start(args, { cwd: this.place.path, env: this.env });
  }

  /** Trains to the end. */
  run(out: string, ...more: string[]): Promise<Finished> {
    return this.start(out, ...more).finished;
  }

  /** Goes on with a run by nothing but its folder. */
  resume(out: string, ...more: string[]): Promise<Finished> {
    const args = ["train", "--out", out, "--resume", ...more];
    return this.program.run(args, { cwd: this.place.path, env: this.env });
  }

  /** Trains until something is so, and then sends a signal. */
  async breakOff(running: Running, so: () => boolean, signal: NodeJS.Signals, later = 0): Promise<Finished> {
    while (running.child.exitCode === null && !so()) await wait(5);
    await wait(later);
    running.child.kill(signal);
    return running.finished;
  }

  /** Whether a run has a file. */
  has(out: string, name: string): boolean {
    return this.place.has(`${out}/${name}`);
  }

  /** The weights of a run. */
  model(out: string): Buffer {
    return this.place.read(`${out}/model.safetensors`);
  }

  /** The evaluations of a run, without the time they took. */
  history(out: string): object[] {
    if (!this.has(out, "metrics.jsonl")) return [];
    const lines = this.place.read(`${out}/metrics.jsonl`).toString("utf8").split("\n");
    return lines
      .filter((line) => line !== "")
      .map((line) => ({ ...(JSON.parse(line) as object), minutes: 0 }));
  }
}
