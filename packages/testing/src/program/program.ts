import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const tsx = import.meta.resolve("tsx");

/** What a finished program left. */
export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Where and with what a program runs. */
export interface Surroundings {
  readonly cwd: string;
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that runs, and what it will have left. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/**
 * A command line as its users meet it: a process of its own, run from its source, without the TIMESTEP_ variables of
 * the process that tests it.
 *
 * @example
 * ```ts
 * const slots = new Program(new URL("../main.ts", import.meta.url));
 * const { exitCode, out } = await slots.run(["--help"], { cwd: workplace.path });
 * ```
 */
export class Program {
  private readonly main: string;

  /** @param main The file that starts the program. */
  constructor(main: URL) {
    this.main = fileURLToPath(main);
  }

  /** Starts the program and gives it all of its input. */
  start(args: readonly string[], { cwd, stdin, env }: Surroundings): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TIMESTEP_"));
    const command = ["--conditions=@timestep/source", "--import", tsx, this.main, ...args];
    const child = spawn(process.execPath, command, {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: "pipe",
    });
    const chunks = { out: [] as Buffer[], err: [] as Buffer[] };
    child.stdout.on("data", (chunk: Buffer) => chunks.out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.err.push(chunk));
    child.stdin.on("error", () => undefined); // a program that refuses its arguments does not read
    child.stdin.end(stdin ?? "");
    const finished = new Promise<Finished>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode, signal) => {
        const text = (parts: Buffer[]): string => Buffer.concat(parts).toString("utf8");
        resolve({ exitCode, signal, out: text(chunks.out), err: text(chunks.err) });
      });
    });
    return { child, finished };
  }

  /** Runs the program to its end. */
  run(args: readonly string[], surroundings: Surroundings): Promise<Finished> {
    return this.start(args, surroundings).finished;
  }
}
