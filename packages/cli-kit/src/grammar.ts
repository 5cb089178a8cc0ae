import { Command, InvalidArgumentError } from "commander";
import { collected, flagName, type OwnFlags } from "./flag-names.js";
import { texts } from "./flag-texts.js";
import { type ProgramIo } from "./io.js";
import { recipeNames } from "./settings/config-file.js";
import { settingsHelp } from "./settings/help.js";
import { addOwnVerb } from "./own-verb-grammar.js";
import { type OwnVerb } from "./own-verb.js";
import { type CommonSettings, type TaskFlag, type TaskProgram } from "./program.js";
import { type BenchFlags } from "./verbs/bench.js";
import { type EvaluateFlags } from "./verbs/evaluate.js";
import { type InspectFlags } from "./verbs/inspect.js";
import { type OwnVerbFlags } from "./verbs/own-verb.js";
import { type PredictFlags } from "./verbs/predict.js";
import { type TrainFlags } from "./verbs/train.js";

/** What each verb does once its flags are read. */
export interface Verbs<Settings> {
  train(flags: TrainFlags, own: OwnFlags): Promise<void>;
  evaluate(flags: EvaluateFlags, own: OwnFlags): Promise<void>;
  predict(words: readonly string[], flags: PredictFlags, own: OwnFlags): Promise<void>;
  inspect(flags: InspectFlags): Promise<void>;
  bench(flags: BenchFlags): Promise<void>;
  own(verb: OwnVerb<Settings>, given: OwnVerbFlags, own: OwnFlags): Promise<void>;
}

/** The command line of a task: five verbs, the same for every task, and its own. */
export async function grammar<Settings extends CommonSettings>(
  program: TaskProgram<Settings>,
  verbs: Verbs<Settings>,
  io: ProgramIo,
): Promise<Command> {
  const recipes = await recipeNames(program.recipes);
  const recipeText =
    recipes.length === 0
      ? "a JSON file of settings"
      : `a recipe (${recipes.join(", ")}) or a JSON file of settings`;
  const settings = (): string =>
    `\n${settingsHelp(program.settings, Math.min(io.stdout.columns ?? 100, 120))}`;

  const root = new Command(program.name)
    .description(program.summary)
    .version(program.version)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      "after",
      () => `\nExit codes: 0 done, 1 failed while running, 2 bad usage or bad input, 130 interrupted.`,
    )
    .addHelpText("after", settings);

  const train = root
    .command("train")
    .description("train a model into a run folder, and score the development split")
    .requiredOption("--out <run>", "folder of the run to make")
    .option("--data <data>", texts.data)
    .option("--format <name>", texts.format)
    .option("--config <config>", recipeText)
    .option("--set <key=value...>", texts.set)
    .option("--seed <n>", "start of all random numbers (the setting seed)", readWhole)
    .option("--engine <name>", texts.engine)
    .option("--max-minutes <n>", "stop after so long, keeping the best weights", readMinutes)
    .option("--resume", "go on with the run in --out")
    .option("--overwrite", "replace the run in --out")
    .option("--json", texts.json)
    .option("--quiet", texts.quiet)
    .addHelpText("after", settings)
    .action((flags: TrainFlags) => verbs.train(flags, ownFlags(program.flags?.train, flags)));
  for (const { flag, about, setting } of program.flags?.train ?? []) {
    train.option(flag, `${about} (the setting ${setting})`);
  }

  const runText =
    program.ensembles === true ? "folder of a run; several answer together" : "folder of the run";
  const evaluate = root
    .command("evaluate")
    .description("score a run beside a trivial baseline")
    .requiredOption("--run <run>", runText, collected)
    .option("--data <data>", `${texts.data} (default: what the run was trained on)`)
    .option("--format <name>", texts.format)
    .option("--split <name>", "part of the data", "test")
    .option("--engine <name>", texts.engine)
    .option("--json", texts.json)
    .option("--quiet", texts.quiet)
    .action((flags: EvaluateFlags) => verbs.evaluate(flags, ownFlags(program.flags?.evaluate, flags)));
  for (const { flag, about } of program.flags?.evaluate ?? []) evaluate.option(flag, about);

  const predict = root
    .command("predict")
    .description("predict for inputs given as arguments, in a file, or on stdin")
    .argument("[input...]", "each argument is one input; - reads lines from stdin")
    .requiredOption("--run <run>", runText, collected)
    .option("--input <file>", "file with one input a line")
    .option("--engine <name>", texts.engine)
    .option("--json", "print one JSON object per input, a line each")
    .action((words: string[], flags: PredictFlags) =>
      verbs.predict(words, flags, ownFlags(program.flags?.predict, flags)),
    );
  for (const { flag, about } of program.flags?.predict ?? []) predict.option(flag, about);

  root
    .command("inspect")
    .description("show what a run holds, what data holds, or which engine runs and why")
    .option("--run <run>", "parameters, settings and scores of a run")
    .option("--data <data>", `counts, lengths, vocabulary and warnings of ${texts.data}`)
    .option("--engine [name]", "the engine in force and why the others are not")
    .option("--format <name>", texts.format)
    .option("--config <config>", `with --data: ${recipeText}`)
    .option("--set <key=value...>", `with --data: ${texts.set}`)
    .option("--json", texts.json)
    .action((flags: InspectFlags) => verbs.inspect(flags));

  root
    .command("bench")
    .description("measure how fast this task trains and predicts here")
    .option("--engine <name>", texts.engine)
    .option("--json", texts.json)
    .option("--quiet", texts.quiet)
    .action((flags: BenchFlags) => verbs.bench(flags));

  for (const verb of program.verbs ?? [])
    addOwnVerb(root, verb, { runText, recipeText }, (given, flags) =>
      verbs.own(verb, given, ownFlags(verb.flags, flags)),
    );
  return root;
}

function ownFlags(known: readonly TaskFlag[] | undefined, flags: object): OwnFlags {
  const given = flags as OwnFlags;
  const names = (known ?? []).map(({ flag }) => flagName(flag));
  return Object.fromEntries(names.flatMap((name) => (name in given ? [[name, given[name] as string]] : [])));
}

function readWhole(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("Expected a whole number.");
  return value;
}

function readMinutes(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError("Expected a number of minutes above 0.");
  }
  return value;
}
