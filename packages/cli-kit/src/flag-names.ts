import { Option } from "commander";

/** Flags of one task that were given, by their names in camelCase. */
export type OwnFlags = Readonly<Record<string, string | true>>;

/** The name under which the value of a flag such as `--abstain-below <p>` is found. */
export function flagName(flag: string): string {
  return new Option(flag).attributeName();
}

/** The values of a flag that may be given several times. */
export function collected(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
