import { openData, optional, startNamedEngine, type VerbContext } from "../context.js";
import { exitCodes } from "../failure.js";
import { type OwnFlags } from "../flag-names.js";
import { progressReporter } from "../output/progress.js";
import { reportJson, reportText } from "../output/report.js";
import { type CommonSettings } from "../program.js";
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
  { program, io, results, colours }: VerbContext<Settings>,
  flags: EvaluateFlags,
  own: OwnFlags,
): Promise<number> {
  const { run, runs, settings } = await openRuns(program, io, flags.run);
  const { source } = await openData(io, flags.data ?? settings.data);
  // The format of the training data says nothing about other data.
  const format = flags.format ?? (flags.data === undefined ? settings.format : undefined);
  const engine = await startNamedEngine(io, flags.engine);
  const progress = await progressReporter(io.stderr, flags.quiet === true);
  try {
    const { split } = flags;
    const report = await program.evaluate({
      run,
      runs,
      data: source,
      ...optional("format", format),
      split,
      engine,
      progress,
      flags: own,
    });
    progress.end();
    if (flags.json === true) await results.writeJson(reportJson(report));
    else await results.write(reportText(report, program.primaryMetric, colours));
  } finally {
    progress.end();
  }
  return exitCodes.done;
}
