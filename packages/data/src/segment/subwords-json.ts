import { DataError } from "@timestep/base";
import { type LearntMerges, WORD_START } from "./learn-merges.js";

/** Subwords as JSON. Ids follow from the order: characters, then what the merges made, or the pieces that are named. */
export interface SubwordsJson extends LearntMerges {
  readonly kind: "subwords";
  readonly formatVersion: 1;
  /** The pieces that have ids, where they are not all. */
  readonly pieces?: readonly string[];
}

/** A fault in a file that was to hold subwords. */
function formatError(what: string): DataError {
  return new DataError("SUBWORD_FORMAT", `these are no subwords: ${what}.`, {
    hint: "Use the file that was saved beside the model.",
  });
}

/**
 * Checks everything that ids depend on: a file that was cut or changed is refused here, not read as other pieces.
 *
 * @throws {DataError} SUBWORD_FORMAT
 */
export function checkSubwordsJson(value: unknown): SubwordsJson {
  const json = value as Partial<Record<keyof SubwordsJson, unknown>> | null;
  if (typeof json !== "object" || json === null || json.kind !== "subwords") {
    throw formatError('it is no object of kind "subwords"');
  }
  if (json.formatVersion !== 1) {
    throw formatError(`the format version is ${JSON.stringify(json.formatVersion)}, this program reads 1`);
  }
  const alphabet = checkAlphabet(json.alphabet);
  const known = new Set(alphabet);
  const merges = checkMerges(json.merges, known);
  if (json.pieces === undefined) return { kind: "subwords", formatVersion: 1, alphabet, merges };
  return { kind: "subwords", formatVersion: 1, alphabet, merges, pieces: checkPieces(json.pieces, known) };
}

function checkAlphabet(value: unknown): string[] {
  if (!isTexts(value)) throw formatError('"alphabet" is no list of texts');
  if (value[0] !== WORD_START)
    throw formatError('"alphabet" does not begin with the blank that starts words');
  for (const char of value.slice(1)) {
    if ([...char].length !== 1 || /\s/u.test(char)) {
      throw formatError(`"alphabet" holds ${JSON.stringify(char)}, which is no character of a word`);
    }
  }
  requireDifferent(value, "alphabet");
  return value;
}

function checkMerges(value: unknown, known: Set<string>): (readonly [string, string])[] {
  if (!Array.isArray(value)) throw formatError('"merges" is no list');
  const seen = new Set<string>();
  return (value as unknown[]).map((merge, index) => {
    if (!isTexts(merge) || merge.length !== 2) throw formatError(`merge ${index} is no pair of texts`);
    const [left, right] = merge as [string, string];
    if (!known.has(left) || !known.has(right)) {
      throw formatError(
        `merge ${index} joins ${JSON.stringify(merge)}, which no character and no earlier merge makes`,
      );
    }
    const key = JSON.stringify(merge);
    if (seen.has(key) || right.startsWith(WORD_START)) throw formatError(`merge ${index} cannot be ${key}`);
    seen.add(key);
    known.add(left + right);
    return [left, right] as const;
  });
}

function checkPieces(value: unknown, known: ReadonlySet<string>): string[] {
  if (!isTexts(value)) throw formatError('"pieces" is no list of texts');
  const stranger = value.find((piece) => !known.has(piece));
  if (stranger !== undefined) throw formatError(`no merge makes the piece ${JSON.stringify(stranger)}`);
  if (!value.includes(WORD_START)) throw formatError('"pieces" lacks the blank that starts words');
  requireDifferent(value, "pieces");
  return value;
}

function requireDifferent(texts: readonly string[], key: string): void {
  if (new Set(texts).size !== texts.length) throw formatError(`"${key}" lists a text twice`);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
