import { startNamedEngine, type VerbContext } from "../context.js";
import { exitCodes } from "../failure.js";
import { type OwnFlags } from "../flag-names.js";
import { openInputs } from "../inputs.js";
import { mayColour } from "../output/colours.js";
import { type CommonSettings } from "../program.js";
import { openRuns } from "../run-settings.js";

/** Flags of `predict`. */
export interface PredictFlags {
  readonly run: readonly string[];
  readonly input?: string;
  readonly engine?: string;
  readonly json?: boolean;
}

/**
 * Prints one prediction per input, in order, each as soon as it is there. Without inputs, a person at a terminal is asked
 * for one after the other.
 */
export async function predictVerb<Settings extends CommonSettings>(
  { program, io, results }: VerbContext<Settings>,
  words: readonly string[],
  flags: PredictFlags,
  own: OwnFlags,
): Promise<number> {
  const typed = words.length === 0 && flags.input === undefined && io.stdin.isTTY === true;
  const inputs = await openInputs(io, typed ? ["-"] : words, flags.input);
  const { run, runs } = await openRuns(program, io, flags.run);
  const engine = await startNamedEngine(io, flags.engine);
  const colour = mayColour(io.stdout, io.env);
  const prompt = (): void => {
    if (typed) io.stderr.write("> ");
  };
  const notify = (text: string): void => {
    io.stderr.write(`note: ${text}\n`);
  };
  prompt();
  const request = { run, runs, inputs, engine, colour, notify, flags: own };
  for await (const { json, text } of program.predict(request)) {
    if (flags.json === true) await results.writeJson(json);
    else await results.write(`${text}\n`);
    prompt();
  }
  if (typed) io.stderr.write("\n");
  return exitCodes.done;
}
