import { ConfigError, EngineError, TimestepError } from "@timestep/base";
import { enableProdMode, getBackend, ready, setBackend } from "@tensorflow/tfjs-core";
import { candidates } from "#candidates";

/** Names that `--engine` and `TIMESTEP_ENGINE` take. */
export const engineNames = ["auto", "cuda", "native", "wasm", "webgpu", "cpu"] as const;
export type EngineName = (typeof engineNames)[number];

/**
 * One way to run tensors: where an engine plugs in. `start` makes its TF.js backend ready under `backend`, or throws
 * an Error whose message says why this machine cannot; `startEngine` then goes on to the next candidate.
 */
export interface EngineCandidate {
  readonly name: Exclude<EngineName, "auto">;
  /** The TF.js backend that `start` registers. */
  readonly backend: string;
  /** Whether `auto` may take it. */
  readonly automatic: boolean;
  /** One line for people: what it is. */
  readonly about: string;
  start(options: { threads: number | undefined }): Promise<EngineDetails>;
}

/** What an engine says of itself once it runs. */
export interface EngineDetails {
  /** Threads that compute, the calling one included. */
  readonly threads: number;
  /** The vector instructions it runs on, where it chooses among several. */
  readonly simd?: string;
  /** The GPU it runs on, as the driver names it. */
  readonly adapter?: string;
}

/** What runs, why, and why not the others. */
export interface EngineReport {
  readonly name: Exclude<EngineName, "auto">;
  readonly reason: string;
  readonly threads: number;
  /** What else the engine says of itself: instruction set, adapter. */
  readonly details: Readonly<Record<string, string>>;
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
}

export interface EngineOptions {
  /** Default: `TIMESTEP_ENGINE`, or `auto`. */
  readonly engine?: string | undefined;
  /** Default: `TIMESTEP_THREADS`, or what the engine chooses. */
  readonly threads?: number | undefined;
}

/**
 * Starts an engine and makes it the TF.js backend of this process.
 *
 * `auto` takes the first that starts of cuda, native and wasm; `webgpu` and `cpu` are taken by name.
 *
 * @throws {ConfigError} ENGINE_UNKNOWN for a name that is none of {@link engineNames}; ENGINE_THREADS for a thread
 *   count that is not a whole number from 1.
 * @throws {EngineError} ENGINE_UNAVAILABLE when the named engine, or under `auto` every one, does not start.
 *
 * @example
 * ```ts
 * const engine = await startEngine();
 * console.log(engine.name, engine.reason);
 * ```
 */
export async function startEngine(options: EngineOptions = {}): Promise<EngineReport> {
  const wanted = readName(options.engine ?? environment("TIMESTEP_ENGINE") ?? "auto");
  const threads = readThreads(options.threads ?? environment("TIMESTEP_THREADS"));
  await import("#gradients");
  const passedOver: { name: string; reason: string }[] = [];
  enableProdMode(); // TF.js otherwise checks every result for NaN and advertises other backends
  for (const candidate of candidates) {
    if (wanted === "auto" ? !candidate.automatic : candidate.name !== wanted) {
      passedOver.push({
        name: candidate.name,
        reason: wanted === "auto" ? "taken by name only" : "not asked for",
      });
      continue;
    }
    let started: EngineDetails;
    try {
      started = await candidate.start({ threads });
      if (!(await setBackend(candidate.backend)))
        throw new Error(`TF.js could not start "${candidate.backend}"`);
      await ready();
    } catch (cause) {
      const reason = reasonOf(cause);
      if (wanted !== "auto") {
        throw new EngineError("ENGINE_UNAVAILABLE", `engine "${wanted}" does not start: ${reason}`, {
          hint: "Use --engine auto, or see `inspect --engine` for what this machine has.",
          cause,
        });
      }
      passedOver.push({ name: candidate.name, reason });
      continue;
    }
    const reason = wanted === "auto" ? "the first that starts" : "asked for by name";
    const rest = candidates.slice(candidates.indexOf(candidate) + 1).map(({ name, automatic }) => ({
      name,
      reason:
        wanted !== "auto" ? "not asked for" : automatic ? `after ${candidate.name}` : "taken by name only",
    }));
    return {
      name: candidate.name,
      reason: `${reason}; ${candidate.about}`,
      threads: started.threads,
      details: detailsOf(started),
      passedOver: [...passedOver, ...rest],
    };
  }
  throw new EngineError(
    "ENGINE_UNAVAILABLE",
    `no engine starts here: ${passedOver.map((p) => `${p.name} (${p.reason})`).join(", ")}.`,
    {
      hint: "Reinstall the packages; @tensorflow/tfjs-backend-wasm must be among them.",
    },
  );
}

/** Whether tensors can be read without waiting; plain-code kernels need it. WebGPU cannot. */
export function readsSynchronously(): boolean {
  return getBackend() !== "webgpu";
}

/** Why an engine did not start, in one line: without the code, with what to do about it. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const message = cause instanceof TimestepError ? cause.message.slice(cause.code.length + 2) : cause.message;
  return message.replaceAll(/\s*\n\s*/g, " ");
}

function detailsOf({ simd, adapter }: EngineDetails): Record<string, string> {
  return {
    ...(simd === undefined ? {} : { simd }),
    ...(adapter === undefined ? {} : { adapter }),
  };
}

function readName(name: string): EngineName {
  const known = engineNames.find((candidate) => candidate === name);
  if (known === undefined) {
    throw new ConfigError("ENGINE_UNKNOWN", `no engine is called "${name}".`, {
      hint: `Use one of ${engineNames.join(", ")}.`,
    });
  }
  return known;
}

function readThreads(value: number | string | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  const threads = Number(value);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ConfigError("ENGINE_THREADS", `threads must be a whole number from 1, got "${value}".`, {
      hint: "Set TIMESTEP_THREADS to the number of cores to use, or unset it.",
    });
  }
  return threads;
}

function environment(name: string): string | undefined {
  const value = typeof process === "undefined" ? undefined : process.env[name];
  return value === "" ? undefined : value;
}
