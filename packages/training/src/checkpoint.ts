import { type RandomState, TrainingError } from "@timestep/base";
import { type Values } from "@timestep/core";
import { z } from "zod";
import { type WeightAverageState } from "./averaging.js";
import { type OptimiserState, type Weight } from "./optimiser.js";
import { runFiles } from "./run.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import { type PlateauState } from "./schedule.js";
import { type TrainingSettings } from "./settings.js";
import { type FileStore } from "./store.js";
import { type EvaluationRecord } from "./trainee.js";

/** A kept set of weights and how it scored. */
export interface BestEntry {
  readonly file: string;
  readonly score: number;
  readonly epoch: number;
  readonly step: number;
}

/** Sums since the last evaluation. */
export interface Tally {
  readonly steps: number;
  readonly loss: number;
  readonly gradientNorm: number;
}

/** Where training stands, apart from the arrays. All of it survives JSON without a lost bit. */
export interface Position {
  /** Random state at the start of training; that of every step is derived from it and the position. */
  readonly random: RandomState;
  /** Epochs completed. */
  readonly epoch: number;
  /** Batches of the epoch under way that are done. */
  readonly batch: number;
  /** Steps taken. */
  readonly step: number;
  readonly skipped: number;
  readonly skippedInARow: number;
  readonly learningRate: number | null;
  readonly plateau: PlateauState;
  /** Evaluations since the best score. */
  readonly sinceBest: number;
  readonly tally: Tally;
  /** Best first. */
  readonly best: readonly BestEntry[];
  readonly history: readonly EvaluationRecord[];
  readonly minutes: number;
}

/** All that is needed to go on. */
export interface Checkpoint {
  readonly settings: TrainingSettings;
  readonly position: Position;
  readonly weights: ReadonlyMap<string, Values>;
  readonly optimiser: OptimiserState;
  readonly average: WeightAverageState | undefined;
}

const checkpointVersion = 1;
const count = z.number().int().min(0);
const word = z.number().int().min(0).max(0xffffffff);

/** JSON has no NaN; a metric that was not a number comes back as one. */
const metric = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const record = z
  .object({
    epoch: count,
    step: count,
    loss: z.number().nullable(),
    gradientNorm: z.number().nullable(),
    learningRate: z.number().nullable(),
    skipped: count,
    best: z.boolean(),
    minutes: z.number(),
    score: z.number(),
    metrics: z.record(z.string(), metric),
    samples: z.array(z.string()).optional(),
  })
  .transform(({ samples, ...rest }) => (samples === undefined ? rest : { ...rest, samples }));

const header = z.object({
  version: z.literal(checkpointVersion),
  optimiserSteps: count,
  averageUpdates: count.nullable(),
  settings: z.record(z.string(), z.unknown()),
  position: z.object({
    random: z.object({ words: z.tuple([word, word, word, word]), spareNormal: z.number().nullable() }),
    epoch: count,
    batch: count,
    step: count,
    skipped: count,
    skippedInARow: count,
    learningRate: z.number().nullable(),
    plateau: z.object({ scale: z.number(), best: z.number().nullable(), stalled: count }),
    sinceBest: count,
    tally: z.object({ steps: count, loss: z.number(), gradientNorm: z.number() }),
    best: z.array(
      z.object({
        file: z.string().regex(/^checkpoint\/best-\d+\.safetensors$/),
        score: z.number(),
        epoch: count,
        step: count,
      }),
    ),
    history: z.array(record),
    minutes: z.number(),
  }),
});

/** Settings that may differ when a run goes on: they end training sooner or later but do not change its steps. */
const freeSettings = new Set(["epochs", "patience", "keepBest", "checkpointMean", "onNotFinite"]);

/** Writes a checkpoint as one file, so that a crash leaves the old one or the new one. */
export async function saveCheckpoint(store: FileStore, checkpoint: Checkpoint): Promise<void> {
  const { settings, position, weights, optimiser, average } = checkpoint;
  const arrays = new Map<string, Values>();
  for (const [path, values] of weights) arrays.set(`weight/${path}`, values);
  for (const [key, values] of optimiser.slots) arrays.set(`optimiser/${key}`, values);
  for (const [path, values] of average?.values ?? []) arrays.set(`average/${path}`, values);
  const state = {
    version: checkpointVersion,
    optimiserSteps: optimiser.steps,
    averageUpdates: average?.updates ?? null,
    settings,
    position,
  };
  await store.write(runFiles.checkpoint, encodeSafetensors(arrays, { state: JSON.stringify(state) }));
}

/**
 * Reads the checkpoint of a run; undefined when there is none yet.
 *
 * @param weights the parameters of the model that goes on; the checkpoint must have exactly these.
 * @param slotNames what the optimiser remembers of each.
 * @throws {DataError} MODEL_* when the file is damaged.
 * @throws {TrainingError} CHECKPOINT_INVALID when it is not a trainer's, CHECKPOINT_SETTINGS when the run had other
 *   settings, CHECKPOINT_DOES_NOT_FIT when it belongs to another model.
 */
export async function loadCheckpoint(
  store: FileStore,
  settings: TrainingSettings,
  weights: readonly Weight[],
  slotNames: readonly string[],
): Promise<Checkpoint | undefined> {
  const bytes = await store.read(runFiles.checkpoint);
  if (bytes === undefined) return undefined;
  const file = `${store.name}/${runFiles.checkpoint}`;
  const { weights: arrays, metadata } = decodeSafetensors(bytes, file);
  const state = parseState(metadata["state"], file);
  checkSettings(state.settings, settings, file);

  const stepped = state.optimiserSteps > 0 ? slotNames : [];
  const expected = new Map<string, readonly number[]>();
  for (const { path, shape } of weights) {
    expected.set(`weight/${path}`, shape);
    for (const slot of stepped) expected.set(`optimiser/${slot}/${path}`, shape);
    if (state.averageUpdates !== null) expected.set(`average/${path}`, shape);
  }
  checkArrays(arrays, expected, file);

  return {
    settings,
    position: state.position,
    weights: below(arrays, "weight/"),
    optimiser: { steps: state.optimiserSteps, slots: below(arrays, "optimiser/") },
    average:
      state.averageUpdates === null
        ? undefined
        : { updates: state.averageUpdates, values: below(arrays, "average/") },
  };
}

function parseState(text: string | undefined, file: string): z.output<typeof header> {
  let cause: unknown;
  try {
    const parsed = header.safeParse(JSON.parse(text ?? "null"));
    if (parsed.success) return parsed.data;
    cause = parsed.error;
  } catch (error) {
    cause = error;
  }
  throw new TrainingError(
    "CHECKPOINT_INVALID",
    `${file} is not a checkpoint that this version can go on from.`,
    {
      cause,
      hint: "Train again without --resume, into a new folder or with --overwrite.",
    },
  );
}

function checkSettings(
  saved: Readonly<Record<string, unknown>>,
  settings: TrainingSettings,
  file: string,
): void {
  const now: Record<string, unknown> = { ...settings };
  const changed = [...new Set([...Object.keys(saved), ...Object.keys(now)])].filter(
    (key) => !freeSettings.has(key) && canonical(saved[key]) !== canonical(now[key]),
  );
  if (changed.length === 0) return;
  const differences = changed.map(
    (key) => `${key} was ${canonical(saved[key])} and is now ${canonical(now[key])}`,
  );
  throw new TrainingError("CHECKPOINT_SETTINGS", `${file}: ${differences.join("; ")}.`, {
    hint: `Only ${[...freeSettings].join(", ")} may change when a run goes on; start a new run for the rest.`,
  });
}

/** JSON with sorted keys, so that equal settings print alike. */
function canonical(value: unknown): string {
  if (value === undefined) return "unset";
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function checkArrays(
  arrays: ReadonlyMap<string, Values>,
  expected: ReadonlyMap<string, readonly number[]>,
  file: string,
): void {
  const fail = (what: string): never => {
    throw new TrainingError("CHECKPOINT_DOES_NOT_FIT", `${file} ${what}.`, {
      hint: "The checkpoint belongs to a model with other settings; go on with the config saved beside it.",
    });
  };
  for (const [key, shape] of expected) {
    const found = arrays.get(key);
    if (found === undefined) fail(`has no "${key}"`);
    else if (found.shape.join() !== shape.join()) {
      fail(`has "${key}" [${found.shape.join(", ")}], the model needs [${shape.join(", ")}]`);
    }
  }
  for (const key of arrays.keys())
    if (!expected.has(key)) fail(`has "${key}", which the model does not know`);
}

/** The arrays under a prefix, by the rest of their names. */
function below(arrays: ReadonlyMap<string, Values>, prefix: string): Map<string, Values> {
  const found = new Map<string, Values>();
  for (const [key, values] of arrays) if (key.startsWith(prefix)) found.set(key.slice(prefix.length), values);
  return found;
}
