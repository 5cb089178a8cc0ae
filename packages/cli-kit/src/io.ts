import { type Readable, type Writable } from "node:stream";
import { type EngineReport } from "@timestep/engine";

/** A stream that results or progress are written to; `isTTY` says that a person is watching. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The world around a program. Tests give streams in memory; {@link processIo} gives the real one. */
export interface ProgramIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** `isTTY` says that a person is typing. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Calls back at every Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once; used at the second Ctrl-C. */
  kill(exitCode: number): void;
  /** Starts the tensor engine. Loaded only when a verb needs it, so that `--help` is quick. */
  startEngine(options: { engine?: string; threads?: number }): Promise<EngineReport>;
}

/** The streams, variables and signals of this process. */
export function processIo(): ProgramIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    onInterrupt(listener) {
      process.on("SIGINT", listener);
      return () => {
        process.off("SIGINT", listener);
      };
    },
    kill: (exitCode) => process.exit(exitCode),
    async startEngine(options) {
      const engine = await import("@timestep/engine");
      return engine.startEngine(options);
    },
  };
}
