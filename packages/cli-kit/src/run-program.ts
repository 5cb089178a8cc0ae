import { grammar } from "./grammar.js";
import { describeError, exitCodeOf, exitCodes } from "./failure.js";
import { processIo, type ProgramIo } from "./io.js";
import { coloursFor } from "./output/colours.js";
import { ResultsClosed, ResultWriter } from "./output/results.js";
import { type VerbContext } from "./context.js";
import { type CommonSettings, type TaskProgram } from "./program.js";
import { benchVerb } from "./verbs/bench.js";
import { evaluateVerb } from "./verbs/evaluate.js";
import { inspectVerb } from "./verbs/inspect.js";
import { ownVerb } from "./verbs/own-verb.js";
import { predictVerb } from "./verbs/predict.js";
import { trainVerb } from "./verbs/train.js";

/**
 * Runs a task as a command-line program: reads the arguments, does what they say, prints results on stdout and
 * everything else on stderr.
 *
 * @param argv What was typed after the program's name: `process.argv.slice(2)`.
 * @returns The exit code: 0 done, 1 failed while running, 2 bad usage or bad input, 130 interrupted.
 *
 * @example
 * ```ts
 * process.exitCode = await runProgram(slotsProgram, process.argv.slice(2));
 * ```
 */
export async function runProgram<Settings extends CommonSettings>(
  program: TaskProgram<Settings>,
  argv: readonly string[],
  io: ProgramIo = processIo(),
): Promise<number> {
  const context: VerbContext<Settings> = {
    program,
    io,
    results: new ResultWriter(io.stdout),
    colours: coloursFor(io.stdout, io.env),
  };
  let exitCode: number = exitCodes.done;
  try {
    const command = await grammar(
      program,
      {
        train: async (flags, own) => void (exitCode = await trainVerb(context, flags, own)),
        evaluate: async (flags, own) => void (exitCode = await evaluateVerb(context, flags, own)),
        predict: async (words, flags, own) => void (exitCode = await predictVerb(context, words, flags, own)),
        inspect: async (flags) => void (exitCode = await inspectVerb(context, flags)),
        bench: async (flags) => void (exitCode = await benchVerb(context, flags)),
        own: async (verb, given, own) => void (exitCode = await ownVerb(context, verb, given, own)),
      },
      io,
    );
    await command.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof ResultsClosed) return exitCodes.done;
    io.stderr.write(describeError(error, io.env["TIMESTEP_DEBUG"] === "1"));
    return exitCodeOf(error);
  }
}
