import { type DataSource } from "@timestep/data";
import { type EvaluateRequest, type InputItem, type Inspection, type TaskFlag } from "./program.js";

/** A verb of one task alone: over a run and a split of data, as `evaluate`, or over texts. */
export type OwnVerb<Settings> = RunVerb | TextVerb<Settings>;

/** What every verb of one task has. */
interface OwnVerbParts {
  /** What is typed: `tune`. */
  readonly name: string;
  /** One line for the help. */
  readonly about: string;
  readonly flags?: readonly OwnVerbFlag[];
}

/** A flag of a verb of one task; the verb is refused without a required one. */
export interface OwnVerbFlag extends TaskFlag {
  readonly required?: boolean;
}

/** A verb that looks at a run and a split of data. It takes the flags of `evaluate` beside its own. */
export interface RunVerb extends OwnVerbParts {
  readonly over: "run";
  /** Part of the data that is taken where `--split` does not say another. */
  readonly split: string;
  run(request: EvaluateRequest): Promise<Inspection>;
}

/** A verb that reads texts: `[FILE | -]`, or `--data` and `--config`, beside its own flags. It starts no engine. */
export interface TextVerb<Settings> extends OwnVerbParts {
  readonly over: "texts";
  run(request: TextVerbRequest<Settings>): Promise<Inspection>;
}

/** What a verb over texts is given. */
export interface TextVerbRequest<Settings> {
  readonly source: TextSource<Settings>;
  /** The verb's own flags by their names in camelCase: what follows them, or true. */
  readonly flags: Readonly<Record<string, string | true>>;
}

/** Where texts come from: the lines of a file or of stdin, or a corpus read as the settings say. */
export type TextSource<Settings> =
  | { readonly kind: "lines"; readonly name: string; readonly lines: AsyncIterable<InputItem> }
  | { readonly kind: "corpus"; readonly data: DataSource; readonly settings: Settings };
