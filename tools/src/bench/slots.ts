import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { DataError } from "@timestep/base";
import { findData } from "@timestep/cli-kit";
import { readTaggedCorpus, requireSplit, type TaggedExample } from "@timestep/data";
import { type SlotSettings, slotSettings, SlotTagger } from "@timestep/slot-filling";
import { openDataSource } from "@timestep/training/node";
import type { Contest } from "./comparison.js";

const recipe = fileURLToPath(new URL("../../../packages/slot-filling/recipes/atis.json", import.meta.url));

/** Steps that do not count. */
const warmUp = 10;

/** No side counts longer than that, on a busy machine; what was done by then is the result. */
const longestSeconds = 30;

/**
 * Training of the slot tagger with the settings of the recipe atis, in examples a second; undefined, with a line that
 * says so, where the data is not found.
 *
 * @param steps training steps that count; with the warm-up they must fit one epoch, so that nothing is evaluated.
 */
export async function slotsContest(steps: number): Promise<Contest | undefined> {
  const settings = slotSettings.parse(JSON.parse(await readFile(recipe, "utf8")));
  const folder = await dataFolder(settings.data);
  if (folder === undefined) {
    console.error(
      `bench: no data "${settings.data}", the slot tagger is left out; set TIMESTEP_DATA to the folder that holds it.`,
    );
    return undefined;
  }
  const { model, training } = settings;
  return {
    name: "slots atis",
    unit: "examples/s",
    script: "torch_slots.py",
    request: { data: folder, steps, warmUp, seconds: longestSeconds, model, training },
    ours: async () => {
      const corpus = await readTaggedCorpus(await openDataSource(folder));
      return examplesPerSecond(requireSplit(corpus, "train"), settings, steps);
    },
  };
}

async function dataFolder(name: string): Promise<string | undefined> {
  try {
    return (await findData(name, { cwd: process.cwd(), dataFolder: process.env["TIMESTEP_DATA"] })).path;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** Trains as the program does, and stops once the steps are done. */
async function examplesPerSecond(
  examples: readonly TaggedExample[],
  settings: SlotSettings,
  steps: number,
): Promise<number> {
  const tagger = SlotTagger.untrained(examples, settings);
  const enough = new AbortController();
  let started = Number.POSITIVE_INFINITY;
  let counted = { steps: 0, seconds: 0 };
  await tagger.fit(examples, {
    signal: enough.signal,
    onProgress: ({ step }) => {
      const now = performance.now();
      if (step === warmUp) started = now;
      counted = { steps: step - warmUp, seconds: (now - started) / 1000 };
      if (counted.steps >= steps || counted.seconds >= longestSeconds) enough.abort();
    },
  });
  tagger.dispose();
  return (counted.steps * settings.training.batchSize) / counted.seconds;
}
