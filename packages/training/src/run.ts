import { ConfigError, DataError, TimestepError } from "@timestep/base";
import { type Module, type Values } from "@timestep/core";
import { z } from "zod";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import { type FileStore } from "./store.js";
import { type EvaluationRecord } from "./trainee.js";

/** Version of the layout of run folders; raised when an older program could no longer read a new run. */
export const runFormatVersion = 1;

/** Names of the files in a run. */
export const runFiles = {
  /** Format version, task and the fully resolved config. */
  config: "config.json",
  /** The best weights. */
  model: "model.safetensors",
  /** Words and labels by number. */
  vocabulary: "vocab.json",
  /** A line per evaluation. */
  metrics: "metrics.jsonl",
  /** Engine, versions, seed and checksums of the data. */
  environment: "environment.json",
  /** Curves and pictures, one self-contained page. */
  report: "report.html",
  /** Everything needed to go on. */
  checkpoint: "checkpoint/state.safetensors",
} as const;

const runConfig = z.object({ formatVersion: z.number(), task: z.string(), config: z.unknown() });

/** Writes a value as indented JSON. */
export async function writeJson(store: FileStore, name: string, value: unknown): Promise<void> {
  await store.write(name, `${JSON.stringify(value, undefined, 2)}\n`);
}

/**
 * Reads a JSON file of a run; the caller checks what it holds.
 *
 * @throws {DataError} RUN_FILE_MISSING when there is no such file, RUN_FILE_INVALID when it is not JSON.
 */
export async function readJson(store: FileStore, name: string): Promise<unknown> {
  const bytes = await store.read(name);
  if (bytes === undefined) {
    throw new DataError("RUN_FILE_MISSING", `${store.name} has no ${name}.`, {
      hint: "Name the folder that training wrote with --out; a run that was copied needs all of its files.",
    });
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError("RUN_FILE_INVALID", `${store.name}/${name} is not JSON: ${reason}.`, {
      cause,
      hint: "The file is damaged: copy the run again, or train again.",
    });
  }
}

/** Writes `config.json`: the format version, the task and its fully resolved config. */
export async function writeConfig(store: FileStore, task: string, config: unknown): Promise<void> {
  await writeJson(store, runFiles.config, { formatVersion: runFormatVersion, task, config });
}

/** What kind of run a folder holds, before anything is trusted about its config. */
export interface RunConfig {
  readonly task: string;
  readonly config: unknown;
}

/**
 * Reads `config.json` of any task.
 *
 * @throws {DataError} RUN_FILE_MISSING or RUN_FILE_INVALID when it is absent or not a run's config.
 * @throws {ConfigError} RUN_FORMAT_VERSION when the run was written in a layout that this version does not read.
 */
export async function readRunConfig(store: FileStore): Promise<RunConfig> {
  const parsed = runConfig.safeParse(await readJson(store, runFiles.config));
  if (!parsed.success) {
    throw new DataError("RUN_FILE_INVALID", `${store.name}/${runFiles.config} is not the config of a run.`, {
      cause: parsed.error,
      hint: "It has the keys formatVersion, task and config. Name the folder that training wrote with --out.",
    });
  }
  const { formatVersion, task, config } = parsed.data;
  if (formatVersion !== runFormatVersion) {
    throw new ConfigError(
      "RUN_FORMAT_VERSION",
      `${store.name} has format version ${formatVersion}; this program reads version ${runFormatVersion}.`,
      {
        hint:
          formatVersion > runFormatVersion
            ? "The run was made by a newer version: update this program."
            : "Train again with this version, or use the version that made the run.",
      },
    );
  }
  return { task, config };
}

/**
 * Reads the config of a run of the expected task; the task checks it against its own schema.
 *
 * @throws {ConfigError} RUN_TASK when the run belongs to another task; otherwise as {@link readRunConfig}.
 */
export async function readConfig(store: FileStore, expectedTask: string): Promise<unknown> {
  const { task, config } = await readRunConfig(store);
  if (task !== expectedTask) {
    throw new ConfigError(
      "RUN_TASK",
      `${store.name} is a run of the task "${task}", not of "${expectedTask}".`,
      {
        hint: `Use the program of the task "${task}", or name another folder.`,
      },
    );
  }
  return config;
}

/** Writes every parameter of a model, trained or fixed, to `model.safetensors`. */
export async function saveWeights(
  store: FileStore,
  model: Module,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const content = encodeSafetensors(await model.weights(), {
    ...metadata,
    formatVersion: String(runFormatVersion),
  });
  await store.write(runFiles.model, content);
}

/**
 * Sets a model's parameters from `model.safetensors`.
 *
 * @throws {DataError} RUN_FILE_MISSING when there is no such file, MODEL_DOES_NOT_FIT when its tensors are not those of
 *   the model, or another MODEL_* code when the file is damaged. The model is unchanged in that case.
 */
export async function loadWeights(store: FileStore, model: Module): Promise<void> {
  const bytes = await store.read(runFiles.model);
  const file = `${store.name}/${runFiles.model}`;
  if (bytes === undefined) {
    throw new DataError("RUN_FILE_MISSING", `${store.name} has no ${runFiles.model}.`, {
      hint: "Training writes it at the first evaluation: train longer, or go on with --resume.",
    });
  }
  fitWeights(model, decodeSafetensors(bytes, file).weights, file);
}

function fitWeights(model: Module, weights: ReadonlyMap<string, Values>, file: string): void {
  try {
    model.loadWeights(weights);
  } catch (cause) {
    if (!(cause instanceof TimestepError)) throw cause;
    throw new DataError(
      "MODEL_DOES_NOT_FIT",
      `${file} does not fit the model of this run. ${cause.message}`,
      { cause },
    );
  }
}

/** What a run was made with: a record for people, read by no program. */
export interface Environment {
  readonly engine: string;
  readonly threads?: number;
  /** What else the engine ran on: instruction set, adapter. */
  readonly details?: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Versions of the program and what it stands on, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Processor, operating system and the like. */
  readonly machine?: Readonly<Record<string, string | number>>;
  /** SHA-256 of each data file by name. */
  readonly data: Readonly<Record<string, string>>;
}

/** Writes `environment.json`. */
export async function writeEnvironment(store: FileStore, environment: Environment): Promise<void> {
  await writeJson(store, runFiles.environment, environment);
}

/** Writes `metrics.jsonl` whole. */
export async function writeMetrics(store: FileStore, history: readonly EvaluationRecord[]): Promise<void> {
  await store.write(runFiles.metrics, history.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
