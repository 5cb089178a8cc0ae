import { ConfigError } from "@timestep/base";
import { type DecodingKind, decodingKinds, type RecogniseOptions } from "@timestep/speech";

/** The task's own flags by their names in camelCase. */
export type Flags = Readonly<Record<string, string | true>>;

/** How the likeliest path is read. */
export function decodingOf(flags: Flags): DecodingKind {
  const kind = flags["decode"] ?? "ctc";
  const found = decodingKinds.find((one) => one === kind);
  if (found !== undefined) return found;
  throw new ConfigError("FLAG_VALUE", `--decode ${String(kind)}: there is no such way to read a path.`, {
    hint: `Use ${decodingKinds.join(" or ")}.`,
  });
}

/** Everything that says how texts are searched for. */
export function searchOf(flags: Flags): RecogniseOptions & { readonly decoding: DecodingKind } {
  const beam = wholeOf(flags, "beam", 0);
  const nBest = wholeOf(flags, "nbest", 1);
  if (nBest > Math.max(1, beam)) {
    throw new ConfigError("FLAG_VALUE", `--nbest ${nBest}: a beam of ${beam} has no ${nBest} readings.`, {
      hint: `Add --beam ${nBest} or more.`,
    });
  }
  return { decoding: decodingOf(flags), beam, nBest };
}

function wholeOf(flags: Flags, name: string, absent: number): number {
  const text = flags[name];
  if (text === undefined) return absent;
  const value = Number(text);
  if (text !== true && Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  throw new ConfigError("FLAG_VALUE", `--${name} ${String(text)}: expected a whole number from 1 to 10000.`, {
    hint: `For example --${name} 16.`,
  });
}
