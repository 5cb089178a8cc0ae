import { checkUnits, frequentUnits, type UnitOptions, type UnitsJson } from "./learnt-units.js";
import { type Piece, type Segmenter, wordsOf } from "./segmenter.js";
import { UnitTable } from "./unit-table.js";

const BLANK = " ";

/**
 * Characters (code points) as units, with one unit for the blanks between words: fit for Chinese, whose characters are
 * words or close to it. A character that training text lacks is unknown.
 */
export class CharacterUnits implements Segmenter {
  readonly kind = "characters";
  private readonly table: UnitTable;

  private constructor(units: readonly string[]) {
    this.table = new UnitTable(units);
  }

  /** The blank is a unit whatever the options. @throws {ConfigError} SEGMENT_OPTION */
  static learn(texts: Iterable<string>, options: UnitOptions = {}): CharacterUnits {
    const counts = new Map<string, number>();
    for (const text of texts) {
      for (const { word } of wordsOf(text)) {
        for (const char of word) counts.set(char, (counts.get(char) ?? 0) + 1);
      }
    }
    return new CharacterUnits([BLANK, ...frequentUnits(counts, options)]);
  }

  get size(): number {
    return this.table.size;
  }

  encode(text: string): Piece[] {
    const pieces: Piece[] = [];
    let index = 0;
    let end = 0;
    for (const { word, start } of wordsOf(text)) {
      // The blanks between two words belong to the second, as the start of it.
      if (index > 0) pieces.push({ id: this.table.id(BLANK), start: end, end: start, word: index });
      let at = start;
      for (const char of word) {
        pieces.push({ id: this.table.id(char), start: at, end: at + char.length, word: index });
        at += char.length;
      }
      end = at;
      index++;
    }
    return pieces;
  }

  encodeIds(text: string): number[] {
    return this.encode(text).map(({ id }) => id);
  }

  decode(ids: ArrayLike<number>, unknown?: (place: number) => string): string {
    return this.table.read(ids, unknown).join("").replace(/ +/g, " ").trim();
  }

  show(id: number): string {
    return this.table.show(id);
  }

  toJSON(): UnitsJson<"characters"> {
    return { kind: "characters", formatVersion: 1, units: this.table.units };
  }

  /** @throws {DataError} SEGMENT_FORMAT when the value is not what {@link toJSON} writes. */
  static fromJSON(value: unknown): CharacterUnits {
    return new CharacterUnits(
      checkUnits(
        value,
        "characters",
        (unit) => [...unit].length === 1 && (unit === BLANK || /^\S$/u.test(unit)),
      ),
    );
  }
}
