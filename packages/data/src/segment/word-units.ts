import { checkUnits, frequentUnits, type UnitOptions, type UnitsJson } from "./learnt-units.js";
import { type Piece, type Segmenter, wordsOf } from "./segmenter.js";
import { UnitTable } from "./unit-table.js";

/** Whole words as units: what stands between blanks. A word that training text lacks is unknown. */
export class WordUnits implements Segmenter {
  readonly kind = "words";
  private readonly table: UnitTable;

  private constructor(units: readonly string[]) {
    this.table = new UnitTable(units);
  }

  /** @throws {ConfigError} SEGMENT_OPTION */
  static learn(texts: Iterable<string>, options: UnitOptions = {}): WordUnits {
    const counts = new Map<string, number>();
    for (const text of texts) {
      for (const { word } of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return new WordUnits(frequentUnits(counts, options));
  }

  get size(): number {
    return this.table.size;
  }

  encode(text: string): Piece[] {
    return Array.from(wordsOf(text), ({ word, start }, index) => {
      return { id: this.table.id(word), start, end: start + word.length, word: index };
    });
  }

  encodeIds(text: string): number[] {
    return Array.from(wordsOf(text), ({ word }) => this.table.id(word));
  }

  decode(ids: ArrayLike<number>, unknown?: (place: number) => string): string {
    return this.table
      .read(ids, unknown)
      .filter((word) => word !== "")
      .join(" ");
  }

  show(id: number): string {
    return this.table.show(id);
  }

  toJSON(): UnitsJson<"words"> {
    return { kind: "words", formatVersion: 1, units: this.table.units };
  }

  /** @throws {DataError} SEGMENT_FORMAT when the value is not what {@link toJSON} writes. */
  static fromJSON(value: unknown): WordUnits {
    return new WordUnits(checkUnits(value, "words", (unit) => /^\S+$/u.test(unit)));
  }
}
