import { ConfigError, type Random, seeded } from "@timestep/base";
import { type OwnFlags } from "./flag-names.js";

/** What a number after a flag may be. */
export interface NumberRange {
  readonly least: number;
  readonly most?: number;
  /** The flag as it is typed, where its name does not tell: `--no-repeat` is held under "repeat". */
  readonly flag?: string;
}

/**
 * A whole number after a flag; undefined where the flag is not given.
 *
 * @throws {ConfigError} FLAG_VALUE
 */
export function wholeFlag(
  flags: OwnFlags,
  name: string,
  { least, most = Number.MAX_SAFE_INTEGER, flag = dashed(name) }: NumberRange,
): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const value = numberIn(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw badValue(flag, text, `a whole number ${range}`, String(Math.max(least, 2)));
}

/**
 * A number after a flag; undefined where the flag is not given.
 *
 * @throws {ConfigError} FLAG_VALUE
 */
export function numberFlag(flags: OwnFlags, name: string, least: number): number | undefined {
  const text = flags[name];
  return text === undefined ? undefined : readNumber(name, text, least);
}

/**
 * Numbers with commas between them after a flag; undefined where the flag is not given.
 *
 * @throws {ConfigError} FLAG_VALUE
 */
export function numbersFlag(flags: OwnFlags, name: string, least: number): number[] | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  return String(text)
    .split(",")
    .map((part) => readNumber(name, part, least));
}

/**
 * What one of some words follows a flag; the first of them where it is not given.
 *
 * @throws {ConfigError} FLAG_VALUE
 */
export function choiceFlag<Choice extends string>(
  flags: OwnFlags,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const text = flags[name] ?? choices[0];
  const found = choices.find((one) => one === text);
  if (found !== undefined) return found;
  throw badValue(dashed(name), text, `one of ${choices.join(", ")}`, choices[0]);
}

/** How sequences are drawn. */
export interface Drawn {
  readonly temperature: number;
  readonly topP?: number;
  readonly random: Random;
}

/**
 * What `--sample`, `--temperature`, `--top-p` and `--seed` say of how `things` are drawn; undefined where none are.
 *
 * @throws {ConfigError} FLAG_SAMPLE when the others are given without the first; FLAG_VALUE.
 */
export function drawnByFlags(flags: OwnFlags, ownSeed: number, things: string): Drawn | undefined {
  const temperature = numberFlag(flags, "temperature", 0);
  const topP = numberFlag(flags, "topP", 0);
  const seed = wholeFlag(flags, "seed", { least: 0 });
  if (flags["sample"] !== true) {
    const stray = ["temperature", "topP", "seed"].find((name) => flags[name] !== undefined);
    if (stray === undefined) return undefined;
    throw new ConfigError("FLAG_SAMPLE", `${dashed(stray)} says how ${things} are drawn, and none are.`, {
      hint: "Add --sample.",
    });
  }
  if (temperature === 0) {
    throw new ConfigError("FLAG_VALUE", "--temperature 0: expected a number above 0.", {
      hint: "For what is most probable, leave --sample out.",
    });
  }
  if (topP === 0 || (topP ?? 1) > 1) {
    throw new ConfigError("FLAG_VALUE", `--top-p ${topP}: expected a share above 0, at most 1.`, {
      hint: "For example --top-p 0.9; without it, all are drawn from.",
    });
  }
  const random = seeded(seed ?? ownSeed);
  return { temperature: temperature ?? 1, ...(topP === undefined ? {} : { topP }), random };
}

/** A flag as it is typed. */
export function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function readNumber(name: string, text: string | true, least: number): number {
  const value = numberIn(text);
  if (Number.isFinite(value) && value >= least) return value;
  const expected = least === -Infinity ? "a number" : `a number of at least ${least}`;
  throw badValue(dashed(name), text, expected, "0.5");
}

/** NaN where there is no number. */
function numberIn(text: string | true): number {
  return text === true || text.trim() === "" ? Number.NaN : Number(text);
}

function badValue(flag: string, text: string | true, expected: string, example: string): ConfigError {
  return new ConfigError("FLAG_VALUE", `${flag} ${String(text)}: expected ${expected}.`, {
    hint: `For example ${flag} ${example}.`,
  });
}
