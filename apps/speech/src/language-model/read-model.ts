import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { DataError } from "@timestep/base";
import { type NgramModel, readLanguageModel } from "@timestep/speech";
import { type OwnFlags } from "@timestep/cli-kit";

/**
 * The language model that `--lm` names, and the name of its file.
 *
 * @throws {DataError} LM_NOT_FOUND, and what `readLanguageModel` throws.
 */
export async function languageModelOf(flags: OwnFlags): Promise<{ model: NgramModel; name: string }> {
  const path = String(flags["lm"]);
  const bytes = await readFile(resolve(path)).catch((cause: unknown) => {
    throw new DataError("LM_NOT_FOUND", `--lm ${path}: there is no such file.`, {
      hint: "Name a file in the ARPA format; the verb lm makes one.",
      cause,
    });
  });
  const model = await readLanguageModel({ name: path, bytes: () => Promise.resolve(new Uint8Array(bytes)) });
  return { model, name: basename(path) };
}
