import { openData, type VerbContext } from "../context.js";
import { exitCodes, usageError } from "../failure.js";
import { type OwnFlags } from "../flag-names.js";
import { fileLines } from "../inputs.js";
import { writeInspection } from "../output/report.js";
import { type OwnVerb, type TextSource } from "../own-verb.js";
import { type CommonSettings } from "../program.js";
import { dataSettings, type DataSettingsFlags } from "../settings/data-settings.js";
import { evaluated, type EvaluateFlags } from "./evaluate.js";

/** What verbs of one task are given beside their own flags: those over runs the one kind, those over texts the other. */
export type OwnVerbFlags = EvaluateFlags & DataSettingsFlags & { readonly file?: string | undefined };

/** Runs a verb of one task and prints what it found. */
export async function ownVerb<Settings extends CommonSettings>(
  context: VerbContext<Settings>,
  verb: OwnVerb<Settings>,
  given: OwnVerbFlags,
  own: OwnFlags,
): Promise<number> {
  const found =
    verb.over === "run"
      ? await evaluated(context, given, own, (request) => verb.run(request))
      : await verb.run({ source: await textSource(context, verb.name, given), flags: own });
  await writeInspection(context, found, given.json === true);
  return exitCodes.done;
}

async function textSource<Settings extends CommonSettings>(
  context: VerbContext<Settings>,
  verb: string,
  { file, ...flags }: OwnVerbFlags,
): Promise<TextSource<Settings>> {
  const { io } = context;
  const corpus = flags.data !== undefined || flags.config !== undefined;
  if (corpus === (file !== undefined)) {
    const what = corpus ? `${file ?? ""} and a corpus are both given` : "no texts are given";
    throw usageError(
      `${verb}: ${what}.`,
      "Name a file with one text a line, - for stdin, or --data or --config.",
    );
  }
  if (file !== undefined) {
    const lines = await fileLines(io, file);
    return { kind: "lines", name: file === "-" ? "stdin" : file, lines };
  }
  const settings = await dataSettings(context, flags);
  return { kind: "corpus", data: (await openData(io, settings.data)).source, settings };
}
