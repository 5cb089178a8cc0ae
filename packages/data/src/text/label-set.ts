import { DataError } from "@timestep/base";

/** A label set as JSON; ids follow from the order. */
export interface LabelSetJson {
  readonly kind: "labels";
  readonly formatVersion: 1;
  readonly labels: readonly string[];
}

/**
 * The labels a model can give (tags, intents, classes), numbered from 0. There is no "unknown" label: a label outside
 * the set is an error, or `undefined` from {@link find} where the caller has an answer for it.
 */
export class LabelSet {
  readonly labels: readonly string[];
  private readonly ids = new Map<string, number>();

  /**
   * @param labels In the order of their ids.
   * @throws {DataError} LABEL_DUPLICATE when a label repeats; LABEL_EMPTY when there is none, or an empty one.
   */
  constructor(labels: Iterable<string>) {
    this.labels = [...labels];
    if (this.labels.length === 0 || this.labels.includes("")) {
      throw new DataError("LABEL_EMPTY", "a label set needs at least one label, and no label may be empty.");
    }
    for (const [id, label] of this.labels.entries()) {
      if (this.ids.has(label)) {
        throw new DataError("LABEL_DUPLICATE", `the label "${label}" is listed twice.`, {
          hint: "Use LabelSet.collect to gather the different labels of a data set.",
        });
      }
      this.ids.set(label, id);
    }
  }

  /** The different labels of a data set: `O` first where it occurs, the others in code unit order. */
  static collect(labels: Iterable<string>): LabelSet {
    const found = new Set(labels);
    const outside = found.delete("O") ? ["O"] : [];
    return new LabelSet([...outside, ...[...found].sort()]);
  }

  get size(): number {
    return this.labels.length;
  }

  has(label: string): boolean {
    return this.ids.has(label);
  }

  /** The label's id, or undefined when the set lacks it. */
  find(label: string): number | undefined {
    return this.ids.get(label);
  }

  /** @throws {DataError} LABEL_UNKNOWN when the set lacks the label. */
  id(label: string): number {
    const id = this.ids.get(label);
    if (id !== undefined) return id;
    const some = this.labels.slice(0, 8).join(", ");
    throw new DataError(
      "LABEL_UNKNOWN",
      `"${label}" is none of the ${this.size} labels (${some}${this.size > 8 ? ", …" : ""}).`,
      {
        hint: "The model was trained without it. Correct the data, or train on data that has it.",
      },
    );
  }

  /** @throws {DataError} LABEL_ID when the id is none of 0 … size-1. */
  label(id: number): string {
    const label = this.labels[id];
    if (label !== undefined) return label;
    throw new DataError("LABEL_ID", `id ${id} is outside a set of ${this.size} labels.`);
  }

  /** @throws {DataError} LABEL_UNKNOWN */
  encode(labels: readonly string[]): number[] {
    return labels.map((label) => this.id(label));
  }

  /** @throws {DataError} LABEL_ID */
  decode(ids: readonly number[]): string[] {
    return ids.map((id) => this.label(id));
  }

  toJSON(): LabelSetJson {
    return { kind: "labels", formatVersion: 1, labels: this.labels };
  }

  /** @throws {DataError} LABEL_FORMAT when the value is not what {@link toJSON} writes; LABEL_DUPLICATE, LABEL_EMPTY. */
  static fromJSON(value: unknown): LabelSet {
    const json = value as Partial<Record<keyof LabelSetJson, unknown>> | null;
    const labels =
      typeof json === "object" && json?.kind === "labels" && json.formatVersion === 1
        ? json.labels
        : undefined;
    if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string")) {
      throw new DataError("LABEL_FORMAT", "this is no label set of format version 1.", {
        hint: "Use the file that was saved beside the model.",
      });
    }
    return new LabelSet(labels as string[]);
  }
}
