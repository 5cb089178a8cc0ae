import { type Command } from "commander";
import { collected } from "./flag-names.js";
import { texts } from "./flag-texts.js";
import { type OwnVerb } from "./own-verb.js";
import { type OwnVerbFlags } from "./verbs/own-verb.js";

/** What the help says of runs and of configs, which depends on the task. */
interface TaskTexts {
  readonly runText: string;
  readonly recipeText: string;
}

/** Adds a verb of one task to the command line; `act` is given what verbs of its kind take, and all flags. */
export function addOwnVerb<Settings>(
  root: Command,
  verb: OwnVerb<Settings>,
  { runText, recipeText }: TaskTexts,
  act: (given: OwnVerbFlags, flags: object) => Promise<void>,
): void {
  const command = root.command(verb.name).description(verb.about);
  if (verb.over === "run") {
    command
      .requiredOption("--run <run>", runText, collected)
      .option("--data <data>", `${texts.data} (default: what the run was trained on)`)
      .option("--format <name>", texts.format)
      .option("--split <name>", "part of the data", verb.split)
      .option("--engine <name>", texts.engine)
      .option("--quiet", texts.quiet)
      .action((flags: OwnVerbFlags) => act(flags, flags));
  } else {
    command
      .argument("[text]", "file with one text a line; - reads stdin")
      .option("--data <data>", `instead of a file: ${texts.data}`)
      .option("--format <name>", texts.format)
      .option("--config <config>", `with --data, or for the data that it names: ${recipeText}`)
      .option("--set <key=value...>", `with --data: ${texts.set}`)
      .action((file: string | undefined, flags: OwnVerbFlags) => act({ ...flags, file }, flags));
  }
  command.option("--json", texts.json);
  for (const { flag, about, required } of verb.flags ?? []) {
    if (required === true) command.requiredOption(flag, about);
    else command.option(flag, about);
  }
}
