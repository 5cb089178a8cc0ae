import { isRecord } from "./schema.js";

/** One setting that has two values. */
export interface Difference {
  /** Dotted. */
  readonly path: string;
  /** As JSON; `nothing` when absent. */
  readonly before: string;
  readonly now: string;
}

/** The settings in which two configs differ, group by group. */
export function differingSettings(before: unknown, now: unknown, path = ""): Difference[] {
  if (isRecord(before) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) =>
      differingSettings(before[key], now[key], path === "" ? key : `${path}.${key}`),
    );
  }
  const texts = [before, now].map((value) => (value === undefined ? "nothing" : JSON.stringify(value)));
  const [a = "", b = ""] = texts;
  return a === b ? [] : [{ path, before: a, now: b }];
}
