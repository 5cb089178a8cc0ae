import { TrainingError } from "@timestep/base";
import { type Values } from "@timestep/core";
import { type BestEntry } from "./checkpoint.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import { type TrainingSettings } from "./settings.js";
import { type FileStore } from "./store.js";
import { WeightSum } from "./weight-sum.js";

/** Which sets of weights are kept: the best ones, and those that {@link BestWeights.mean} is taken of. */
export type KeepSettings = Pick<TrainingSettings, "keepBest" | "checkpointMean">;

/** The best sets of trained weights, each in its own file `checkpoint/best-STEP.safetensors`. */
export class BestWeights {
  constructor(
    private readonly store: FileStore,
    private readonly settings: KeepSettings,
    private kept: readonly BestEntry[],
  ) {}

  /** Best first. */
  entries(): readonly BestEntry[] {
    return this.kept;
  }

  /**
   * Keeps weights that are among the best, or among the last when their mean is wanted; of equal scores the earlier one
   * is the better.
   *
   * Files that fall out of the list stay until {@link prune}, since the checkpoint on disk may still name them.
   */
  async offer(candidate: Omit<BestEntry, "file">, weights: ReadonlyMap<string, Values>): Promise<void> {
    const file = `checkpoint/best-${candidate.step}.safetensors`;
    const all = [...this.kept, { file, ...candidate }].sort((a, b) => b.score - a.score || a.step - b.step);
    const wanted = new Set([...all.slice(0, this.settings.keepBest), ...this.meant(all)]);
    const ranked = all.filter((entry) => wanted.has(entry));
    if (ranked.some((entry) => entry.file === file)) {
      await this.store.write(file, encodeSafetensors(weights, { score: String(candidate.score) }));
    }
    this.kept = ranked;
  }

  /** Removes files that are no longer among the best. Call after the checkpoint that forgets them is written. */
  async prune(): Promise<void> {
    const wanted = new Set(this.kept.map(({ file }) => file));
    for (const name of await this.store.list()) {
      if (name.startsWith("checkpoint/best-") && !wanted.has(name)) await this.store.remove(name);
    }
  }

  /**
   * The best weights; undefined when nothing has been evaluated.
   *
   * @throws {TrainingError} CHECKPOINT_INVALID when their file is gone.
   */
  async load(): Promise<ReadonlyMap<string, Values> | undefined> {
    const [top] = this.kept;
    return top === undefined ? undefined : this.read(top);
  }

  /**
   * The mean of the weights that `checkpointMean` names; undefined when there are fewer than two.
   *
   * @throws {TrainingError} CHECKPOINT_INVALID when a file of theirs is gone.
   */
  async mean(): Promise<{ readonly weights: ReadonlyMap<string, Values>; readonly of: number } | undefined> {
    const entries = this.meant(this.kept);
    if (entries.length < 2) return undefined;
    const sum = new WeightSum();
    for (const entry of entries) sum.add(await this.read(entry));
    return { weights: sum.mean(), of: entries.length };
  }

  /** Those of some entries, best first, whose mean is wanted, in the order of their steps. */
  private meant(entries: readonly BestEntry[]): readonly BestEntry[] {
    const { count, of } = this.settings.checkpointMean;
    const bySteps = (some: readonly BestEntry[]): BestEntry[] => [...some].sort((a, b) => a.step - b.step);
    if (of === "best") return bySteps(entries.slice(0, count));
    return count === 0 ? [] : bySteps(entries).slice(-count);
  }

  private async read({ file }: BestEntry): Promise<ReadonlyMap<string, Values>> {
    const bytes = await this.store.read(file);
    if (bytes === undefined) {
      throw new TrainingError(
        "CHECKPOINT_INVALID",
        `${this.store.name} has lost ${file}, some of its best weights.`,
        {
          hint: "Train again without --resume, into a new folder or with --overwrite.",
        },
      );
    }
    return decodeSafetensors(bytes, `${this.store.name}/${file}`).weights;
  }
}
