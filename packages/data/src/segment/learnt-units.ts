import { ConfigError, DataError } from "@timestep/base";

/** Which of the units of a text get ids. */
export interface UnitOptions {
  /** Units seen fewer times are unknown. Default 1. */
  readonly minCount?: number | undefined;
  /** At most this many units, the most frequent ones. Default: no limit. */
  readonly maxSize?: number | undefined;
}

/** Units in a file. */
export interface UnitsJson<Kind extends string> {
  readonly kind: Kind;
  readonly formatVersion: 1;
  /** In the order of their ids. */
  readonly units: readonly string[];
}

/**
 * The most frequent units first, of equals the first in code unit order.
 *
 * @throws {ConfigError} SEGMENT_OPTION when an option is no whole number of at least 1.
 */
export function frequentUnits(counts: ReadonlyMap<string, number>, options: UnitOptions): string[] {
  const { minCount = 1, maxSize = Number.MAX_SAFE_INTEGER } = options;
  for (const [name, value] of Object.entries({ minCount, maxSize })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new ConfigError("SEGMENT_OPTION", `${name} must be a whole number of at least 1, got ${value}.`);
  }
  const kept = [...counts].filter(([, count]) => count >= minCount);
  kept.sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return kept.slice(0, maxSize).map(([unit]) => unit);
}

/**
 * The units in a file, checked.
 *
 * @param fits Whether a text can be a unit of that kind.
 * @throws {DataError} SEGMENT_FORMAT
 */
export function checkUnits(value: unknown, kind: string, fits: (unit: string) => boolean): string[] {
  const json = value as Partial<Record<keyof UnitsJson<string>, unknown>> | null;
  if (typeof json !== "object" || json === null || json.kind !== kind) {
    throw segmentFormatError(`it is no object of kind "${kind}"`);
  }
  if (json.formatVersion !== 1) {
    throw segmentFormatError(
      `the format version is ${JSON.stringify(json.formatVersion)}, this program reads 1`,
    );
  }
  const { units } = json;
  if (!Array.isArray(units) || !units.every((unit) => typeof unit === "string" && fits(unit))) {
    throw segmentFormatError(`"units" is no list of ${kind}`);
  }
  if (new Set(units).size !== units.length) throw segmentFormatError('"units" lists one twice');
  return units as string[];
}

/** A fault in a file that was to hold units. */
export function segmentFormatError(what: string): DataError {
  return new DataError("SEGMENT_FORMAT", `these are no units of text: ${what}.`, {
    hint: "Use the file that was saved beside the model.",
  });
}
