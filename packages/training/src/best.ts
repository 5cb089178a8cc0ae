import { TrainingError } from "@timestep/base";
import { type Values } from "@timestep/core";
import { type BestEntry } from "./checkpoint.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import { type FileStore } from "./store.js";

/** The k best sets of trained weights, each in its own file `checkpoint/best-STEP.safetensors`. */
export class BestWeights {
  constructor(
    private readonly store: FileStore,
    private readonly keep: number,
    private kept: readonly BestEntry[],
  ) {}

  /** Best first. */
  entries(): readonly BestEntry[] {
    return this.kept;
  }

  /**
   * Keeps weights that are among the best; of equal scores the earlier one is the better.
   *
   * Files that fall out of the list stay until {@link prune}, since the checkpoint on disk may still name them.
   */
  async offer(candidate: Omit<BestEntry, "file">, weights: ReadonlyMap<string, Values>): Promise<void> {
    const file = `checkpoint/best-${candidate.step}.safetensors`;
    const ranked = [...this.kept, { file, ...candidate }]
      .sort((a, b) => b.score - a.score || a.step - b.step)
      .slice(0, this.keep);
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
    if (top === undefined) return undefined;
    const bytes = await this.store.read(top.file);
    if (bytes === undefined) {
      throw new TrainingError(
        "CHECKPOINT_INVALID",
        `${this.store.name} has lost ${top.file}, its best weights.`,
        {
          hint: "Train again without --resume, into a new folder or with --overwrite.",
        },
      );
    }
    return decodeSafetensors(bytes, `${this.store.name}/${top.file}`).weights;
  }
}
