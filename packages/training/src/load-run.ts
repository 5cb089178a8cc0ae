import { DataError } from "@timestep/base";
import { type Module } from "@timestep/core";
import { type z } from "zod";
import { loadWeights, readConfig, runFiles } from "./run.js";
import { type FileStore } from "./store.js";

/**
 * The settings of a run, checked against the schema of its task.
 *
 * @throws {DataError} RUN_FILE_MISSING, RUN_FILE_INVALID when the config is absent or does not fit the schema.
 * @throws {ConfigError} RUN_TASK when the run is of another task; RUN_FORMAT_VERSION when of another version.
 */
export async function readSettings<Settings>(
  store: FileStore,
  task: string,
  schema: z.ZodType<Settings>,
): Promise<Settings> {
  const parsed = schema.safeParse(await readConfig(store, task));
  if (parsed.success) return parsed.data;
  throw new DataError("RUN_FILE_INVALID", `${store.name}/${runFiles.config} does not fit the task.`, {
    cause: parsed.error,
    hint: "The file was changed by hand, or written by another version: train again.",
  });
}

/**
 * A model with the weights of a run. The sizes of a model come from files that may have been changed; `leastValues`, a
 * lower bound of how many numbers its weights are, is held against the weights file before anything of that size is made.
 *
 * @throws {DataError} MODEL_DOES_NOT_FIT when the file is too small for the model; otherwise as `loadWeights`.
 */
export async function loadModel<M extends Module>(
  store: FileStore,
  leastValues: number,
  make: () => M,
): Promise<M> {
  const bytes = (await store.read(runFiles.model))?.length;
  if (bytes !== undefined && leastValues * 4 > bytes) {
    throw new DataError(
      "MODEL_DOES_NOT_FIT",
      `${store.name}/${runFiles.model} has ${bytes} bytes, the model that the run's config and vocabulary describe more than ${leastValues * 4}.`,
      { hint: "The files are not of one run, or were changed: copy the run again, or train again." },
    );
  }
  const model = make();
  try {
    await loadWeights(store, model);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
