import { startNamedEngine, type VerbContext } from "../context.js";
import { exitCodes } from "../failure.js";
import { type OwnFlags } from "../flag-names.js";
import { openInputs } from "../inputs.js";
import { mayColour } from "../output/colours.js";
import { type CommonSettings } from "../program.js";
import { openRun } from "../run-settings.js";

/** Flags of `predict`. */
export interface PredictFlags {
  readonly run: string;
  readonly input?: string;
  readonly engine?: string;
  readonly json?: boolean;
}

/** Prints one prediction per input, in order, each as soon as it is there. */
export async function predictVerb<Settings extends CommonSettings>(
  { program, io, results }: VerbContext<Settings>,
  words: readonly string[],
  flags: PredictFlags,
  own: OwnFlags,
): Promise<number> {
  const inputs = await openInputs(io, words, flags.input);
  const { run } = await openRun(program, io, flags.run);
  const engine = await startNamedEngine(io, flags.engine);
  const colour = mayColour(io.stdout, io.env);
  for await (const { json, text } of program.predict({ run, inputs, engine, colour, flags: own })) {
    if (flags.json === true) await results.writeJson(json);
    else await results.write(`${text}\n`);
  }
  return exitCodes.done;
}
