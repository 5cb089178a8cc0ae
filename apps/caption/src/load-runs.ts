import { Captioner, type CaptionExample, type PictureTable } from "@timestep/captioning";
import { type ProgressReporter } from "@timestep/cli-kit";
import { type FileStore } from "@timestep/training";
import { lessonsOf } from "./lessons.js";
import { type FeatureSource, openNetwork } from "./network.js";

/** A captioner with what its pictures are read by. */
export interface Member {
  readonly captioner: Captioner;
  readonly features: FeatureSource | undefined;
}

/** Captioners that answer together; the first speaks for all. */
export interface LoadedRuns {
  readonly members: readonly [Member, ...Member[]];
  dispose(): void;
}

/** Loads the runs that a command line names. */
export async function loadRuns(runs: readonly FileStore[]): Promise<LoadedRuns> {
  const members: Member[] = [];
  for (const store of runs) {
    const captioner = await Captioner.load(store);
    members.push({ captioner, features: await openNetwork(captioner.settings, captioner) });
  }
  return {
    members: members as [Member, ...Member[]],
    dispose: () => {
      for (const { captioner, features } of members) {
        captioner.dispose();
        features?.network.dispose();
      }
    },
  };
}

/** The same pictures as each of some members reads them. */
export async function lookForAll(
  members: readonly Member[],
  examples: readonly CaptionExample[],
  progress: ProgressReporter,
): Promise<{ captioner: Captioner; pictures: PictureTable }[]> {
  const seen: { captioner: Captioner; pictures: PictureTable }[] = [];
  for (const { captioner, features } of members) {
    const { pictures } = await lessonsOf(examples, captioner.settings, features, progress);
    seen.push({ captioner, pictures });
  }
  return seen;
}
