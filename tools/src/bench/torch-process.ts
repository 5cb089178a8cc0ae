import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** A Python that has PyTorch. */
export interface Torch {
  readonly python: string;
  readonly version: string;
}

/** Where Debian's python3-torch goes, whatever other Python comes first. */
const systemPython = "/usr/bin/python3";

/** The first Python with PyTorch: that of `TIMESTEP_PYTHON`, `python3`, or the system's; undefined when none has it. */
export function findTorch(): Torch | undefined {
  const wanted = process.env["TIMESTEP_PYTHON"];
  const pythons = wanted === undefined || wanted === "" ? ["python3", systemPython] : [wanted];
  for (const python of pythons) {
    const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (status === 0) return { python, version: stdout.trim() };
  }
  return undefined;
}

/** What to say where {@link findTorch} finds nothing. */
export const torchMissing =
  "bench: no PyTorch found, nothing compared with it; install it (Debian: python3-torch) or name its Python in TIMESTEP_PYTHON.";

/**
 * A script of tools/bench in a process of its own, with so many threads, which answers requests one at a time.
 *
 * The threads are set in its environment, because the libraries below PyTorch read them as they load.
 */
export class TorchProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;
  private readonly ended: Promise<number | null>;

  constructor(
    torch: Torch,
    private readonly script: string,
    readonly threads: number,
    args: readonly string[] = [],
  ) {
    const path = fileURLToPath(new URL(`../../bench/${script}`, import.meta.url));
    this.child = spawn(torch.python, [path, String(threads), ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) },
    });
    this.child.stdin.on("error", () => undefined); // a process that died says so by its exit code
    this.ended = new Promise((resolve) => this.child.on("close", resolve).on("error", () => resolve(null)));
    this.answers = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * Sends one request and waits for its answer.
   *
   * @throws {Error} when the process ends without one.
   */
  async ask<Answer>(request: object): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.answers.next();
    if (done === true) {
      throw new Error(
        `${this.script} ended with exit code ${String(await this.ended)} before it answered; what it said is above.`,
      );
    }
    return JSON.parse(value) as Answer;
  }

  /** Ends the process and waits until it is gone. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    await this.ended;
  }
}
