import { ConfigError } from "@timestep/base";
import type { FileStore } from "@timestep/training";
import type { SpeechSettings } from "./settings.js";

/** Name of the task in run folders and reports. */
export const speechTask = "speech";

/** @throws {ConfigError} SPEECH_KIND when the run is of another kind than is asked for. */
export function checkKind(
  { name }: Pick<FileStore, "name">,
  { kind }: Pick<SpeechSettings, "kind">,
  expected: SpeechSettings["kind"],
): void {
  if (kind === expected) return;
  throw new ConfigError(
    "SPEECH_KIND",
    `${name} holds ${article(kind)} ${kind}, expected ${article(expected)} ${expected}.`,
    {
      hint: `Name a run that was trained with kind ${expected}.`,
    },
  );
}

function article(kind: string): string {
  return kind.startsWith("e") ? "an" : "a";
}
