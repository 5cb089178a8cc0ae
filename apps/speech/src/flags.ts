import { ConfigError } from "@timestep/base";
import { type DecodingKind, decodingKinds } from "@timestep/speech";

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
