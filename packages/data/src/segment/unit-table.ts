import { DataError } from "@timestep/base";
import { UNK } from "../text/vocabulary.js";
import { FIRST_UNIT, showSpecial, UNKNOWN_TEXT } from "./segmenter.js";

/**
 * The units of a segmenter and their ids: the first unit has id {@link FIRST_UNIT}. Special ids have no spelling here,
 * so a unit may read "<unk>" or "</s>" like any other text.
 */
export class UnitTable {
  private readonly ids = new Map<string, number>();

  /** @param units Texts that differ. */
  constructor(readonly units: readonly string[]) {
    for (const [index, unit] of units.entries()) this.ids.set(unit, FIRST_UNIT + index);
  }

  /** Number of ids, special ones included. */
  get size(): number {
    return FIRST_UNIT + this.units.length;
  }

  /** The unit's id, or UNK. */
  id(unit: string): number {
    return this.ids.get(unit) ?? UNK;
  }

  has(unit: string): boolean {
    return this.ids.has(unit);
  }

  /**
   * What units read as one by one: nothing for PAD, BOS and EOS, the answer of `unknown` for UNK.
   *
   * @throws {DataError} SEGMENT_ID
   */
  read(ids: ArrayLike<number>, unknown?: (place: number) => string): string[] {
    return Array.from(ids, (id, place) => {
      if (id === UNK) return unknown?.(place) ?? UNKNOWN_TEXT;
      return this.requireSpecial(id) ? "" : (this.units[id - FIRST_UNIT] as string);
    });
  }

  /** @throws {DataError} SEGMENT_ID */
  show(id: number): string {
    if (this.requireSpecial(id)) return showSpecial(id) as string;
    return (this.units[id - FIRST_UNIT] as string).replaceAll(" ", "▁");
  }

  /** Whether an id is special. */
  private requireSpecial(id: number): boolean {
    if (!Number.isInteger(id) || id < 0 || id >= this.size) {
      throw new DataError("SEGMENT_ID", `id ${id} is outside ${this.size} units.`, {
        hint: "The ids come from another vocabulary, or the model from another run.",
      });
    }
    return id < FIRST_UNIT;
  }
}
