import { type FileStore } from "@timestep/training";
import { Translator } from "@timestep/translation";

/** A translator, and the others that answer together with it. */
export interface LoadedRuns {
  readonly translator: Translator;
  readonly others: readonly Translator[];
  dispose(): void;
}

/** Loads the runs that a command line names, the first of which speaks for all. */
export async function loadRuns([run, ...rest]: readonly FileStore[]): Promise<LoadedRuns> {
  const translator = await Translator.load(run as FileStore);
  const others: Translator[] = [];
  for (const store of rest) others.push(await Translator.load(store));
  return {
    translator,
    others,
    dispose: () => {
      for (const loaded of [translator, ...others]) loaded.dispose();
    },
  };
}
