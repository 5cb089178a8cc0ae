import { seeded } from "@timestep/base";

/** Seed of the files in data/reverse-digits. */
export const REVERSE_SEED = 1;

/** How many strings each split has. */
export const SIZES = { train: 5000, dev: 250, test: 250 } as const;

/** Strings have at least and at most this many digits. */
export const SHORTEST = 3;
export const LONGEST = 9;

export type ReverseSplit = keyof typeof SIZES;

/**
 * Strings of digits for a model to write backwards, each length equally often; no string is there twice, so what is
 * tested was never seen.
 */
export function generateDigits(seed: number): Record<ReverseSplit, string[]> {
  const random = seeded(seed).fork("reverse-digits");
  const used = new Set<string>();
  const draw = (): string => {
    for (;;) {
      const length = SHORTEST + random.integer(LONGEST - SHORTEST + 1);
      const digits = Array.from({ length }, () => random.integer(10)).join("");
      if (used.has(digits)) continue;
      used.add(digits);
      return digits;
    }
  };
  const splits: Record<ReverseSplit, string[]> = { train: [], dev: [], test: [] };
  for (const split of ["train", "dev", "test"] as const) {
    while (splits[split].length < SIZES[split]) splits[split].push(draw());
  }
  return splits;
}
