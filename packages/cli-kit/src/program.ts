import { type DataSource } from "@timestep/data";
import { type EngineReport } from "@timestep/engine";
import { type FileStore } from "@timestep/training";
import { type z } from "zod";
import { type Table } from "./output/table.js";
import { type ProgressReporter } from "./output/progress.js";
import { type OwnVerb } from "./own-verb.js";

/** One thing to predict, with the place it came from for messages. */
export interface InputItem {
  /** A line of text, or an argument as typed; empty when the line was. */
  readonly text: string;
  /** A file, `stdin` or `arguments`, and the line or position in it, from 1. */
  readonly origin: { readonly file: string; readonly line: number };
}

/** What `train` and `evaluate` print: scores with how they were taken. */
export interface Report {
  readonly task: string;
  readonly split: string;
  /** Scores by their stable names; percentages are 0–100. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Signature of how the scores were taken, for instance `chunks:conlleval types:all`. */
  readonly settings: string;
  readonly examples: number;
  readonly seconds: number;
  readonly engine: string;
  readonly seed: number;
  /** Scores of a trivial method on the same examples. */
  readonly baseline?: Baseline;
  /** Scores of further methods, beside the trivial one. */
  readonly baselines?: readonly Baseline[];
  /** Shown to people only; not part of the JSON object. */
  readonly tables?: readonly Table[];
  /** What a reader of the scores must know. */
  readonly notes?: readonly string[];
}

/** Scores of another method on the same examples. */
export interface Baseline {
  readonly name: string;
  /** Those of the report's scores that the method has. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What `inspect` prints: sections for people, one object for programs, warnings for both. */
export interface Inspection {
  readonly sections: readonly {
    readonly title: string;
    readonly text?: string;
    readonly table?: Table;
  }[];
  readonly warnings?: readonly string[];
  readonly json: object;
}

/** One prediction: the object printed with `--json`, and the text printed without. */
export interface Prediction {
  readonly json: object;
  readonly text: string;
}

/** Settings that every task has beside its own. */
export interface CommonSettings {
  /** A file, a folder, or a name looked up in `./data` and the folder that TIMESTEP_DATA names. */
  readonly data: string;
  /** Reader of the data; chosen by what the data holds when absent. */
  readonly format?: string | undefined;
  readonly seed: number;
  readonly training: object;
}

/** What `train` is given. */
export interface TrainRequest<Settings> {
  readonly settings: Settings;
  readonly data: DataSource;
  /**
   * Where the run goes. The folder appears, with its `config.json`, at the first file written: read and check the
   * data before writing, and bad data leaves nothing behind.
   */
  readonly run: FileStore;
  readonly engine: EngineReport;
  readonly resume: boolean;
  readonly maxMinutes?: number;
  /** Aborted by Ctrl-C: keep the best weights so far and return. */
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
}

/** What `evaluate` is given. */
export interface EvaluateRequest {
  readonly run: FileStore;
  /** All runs that were named, `run` first; more than one only where the task takes {@link TaskProgram.ensembles}. */
  readonly runs: readonly FileStore[];
  readonly data: DataSource;
  /** Reader of this data; chosen by what the data holds when absent. */
  readonly format?: string;
  readonly split: string;
  readonly engine: EngineReport;
  readonly progress: ProgressReporter;
  /** The task's own flags by their names in camelCase: what follows them, or true. */
  readonly flags: Readonly<Record<string, string | true>>;
}

/** What `predict` is given. */
export interface PredictRequest {
  readonly run: FileStore;
  /** All runs that were named, `run` first; more than one only where the task takes {@link TaskProgram.ensembles}. */
  readonly runs: readonly FileStore[];
  /** In order, as they arrive; take several at once if that is faster, and answer each in order. */
  readonly inputs: AsyncIterable<InputItem>;
  readonly engine: EngineReport;
  /** Whether the text of predictions may be coloured: it goes to a terminal, and NO_COLOR is not set. */
  readonly colour: boolean;
  /** Tells people, on stderr, what they should know of the predictions. */
  readonly notify: (text: string) => void;
  /** The task's own flags by their names in camelCase: what follows them, or true. */
  readonly flags: Readonly<Record<string, string | true>>;
}

/** A flag of one task: `--tree`, or `--folds <n>` with a value. */
export interface TaskFlag {
  readonly flag: string;
  readonly about: string;
}

/** A flag that is short for `--set setting=value`. */
export interface SettingFlag extends TaskFlag {
  readonly setting: string;
}

/** What `inspect --data` is given. */
export interface InspectDataRequest<Settings> {
  readonly data: DataSource;
  readonly format?: string;
  readonly settings: Settings;
}

/**
 * One task as a command-line program: everything that differs between `timestep-slots` and `timestep-speech`.
 * {@link runProgram} adds the grammar, settings, output and exit codes.
 */
export interface TaskProgram<Settings extends CommonSettings> {
  /** What is typed: `timestep-slots`. */
  readonly name: string;
  /** Name of the task in run folders and reports: `slots`. */
  readonly task: string;
  /** One sentence for `--help`. */
  readonly summary: string;
  readonly version: string;
  /** The whole config with defaults and `.describe()` texts. */
  readonly settings: z.ZodType<Settings>;
  /** Folder with `NAME.json` for each recipe; ends in a slash. */
  readonly recipes: URL;
  /** The score shown first, a key of `Report.metrics`. */
  readonly primaryMetric: string;
  /** Flags of this task alone. */
  readonly flags?: {
    readonly train?: readonly SettingFlag[];
    readonly evaluate?: readonly TaskFlag[];
    readonly predict?: readonly TaskFlag[];
  };
  /** Whether several runs can answer together: `--run A --run B`. */
  readonly ensembles?: boolean;
  /** Verbs of this task alone, beside the five that every task has. */
  readonly verbs?: readonly OwnVerb<Settings>[];
  /** Trains and returns the evaluation of the development split. */
  train(request: TrainRequest<Settings>): Promise<Report>;
  evaluate(request: EvaluateRequest): Promise<Report>;
  /** One prediction per input, in order. */
  predict(request: PredictRequest): AsyncIterable<Prediction>;
  inspectData(request: InspectDataRequest<Settings>): Promise<Inspection>;
  inspectRun(request: { readonly run: FileStore }): Promise<Inspection>;
  bench(request: { readonly engine: EngineReport; readonly progress: ProgressReporter }): Promise<object>;
}
