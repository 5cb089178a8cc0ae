import { CharacterUnits } from "./character-units.js";
import { segmentFormatError } from "./learnt-units.js";
import { type Segmenter } from "./segmenter.js";
import { Subwords } from "./subwords.js";
import { WordUnits } from "./word-units.js";

/**
 * Reads a segmenter of any kind from what its `toJSON` wrote.
 *
 * @throws {DataError} SEGMENT_FORMAT, SUBWORD_FORMAT
 */
export function segmenterFromJSON(value: unknown): Segmenter {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  switch (kind) {
    case "subwords":
      return Subwords.fromJSON(value);
    case "words":
      return WordUnits.fromJSON(value);
    case "characters":
      return CharacterUnits.fromJSON(value);
    default:
      throw segmentFormatError(`their kind is ${JSON.stringify(kind)}, not subwords, words or characters`);
  }
}
