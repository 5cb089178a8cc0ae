import { openData, optional, startNamedEngine, type VerbContext } from "../context.js";
import { exitCodes } from "../failure.js";
import { type OwnFlags } from "../flag-names.js";
import { progressReporter } from "../output/progress.js";
import { reportJson, reportText } from "../output/report.js";
import { type CommonSettings, type EvaluateRequest } from "../program.js";
import { openRuns } from "../run-settings.js";

/** Flags of `evaluate`. */
export interface EvaluateFlags {
  readonly run: readonly string[];
  readonly split: string;
  readonly data?: string;
  readonly format?: string;
  readonly engine?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Scores a run on a split: of the data it was trained on, unless `--data` names another. */
export async function evaluateVerb<Settings extends CommonSettings>(
  context: VerbContext<Settings>,
  flags: EvaluateFlags,
  own: OwnFlags,
): Promise<number> {
  const { program, results, colours } = context;
  const report = await evaluated(context, flags, own, (request) => program.evaluate(request));
  if (flags.json === true) await results.writeJson(reportJson(report));
  else await results.write(reportText(report, program.primaryMetric, colours));
  return exitCodes.done;
}

/** Opens runs and data and starts the engine, as the flags say, and has a task look at them. */
export async function evaluated<Settings extends CommonSettings, Result>(
  { program, io }: VerbContext<Settings>,
  flags: EvaluateFlags,
  own: OwnFlags,
  look: (request: EvaluateRequest) => Promise<Result>,
): Promise<Result> {
  const { run, runs, settings } = await openRuns(program, io, flags.run);
  const { source } = await openData(io, flags.data ?? settings.data);
  // The format of the training data says nothing about other data.
  const format = flags.format ?? (flags.data === undefined ? settings.format : undefined);
  const engine = await startNamedEngine(io, flags.engine);
  const progress = await progressReporter(io.stderr, flags.quiet === true);
  const { split } = flags;
  const given = { run, runs, data: source, ...optional("format", format), split, engine, progress };
  try {
    return await look({ ...given, flags: own });
  } finally {
    progress.end();
  }
}
