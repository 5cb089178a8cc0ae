import { startNamedEngine, type VerbContext } from "../context.js";
import { exitCodes } from "../failure.js";
import { progressReporter } from "../output/progress.js";
import { objectText } from "../output/report.js";
import { type CommonSettings } from "../program.js";

/** Flags of `bench`. */
export interface BenchFlags {
  readonly engine?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Prints how fast the task trains and predicts on this machine. */
export async function benchVerb<Settings extends CommonSettings>(
  { program, io, results, colours }: VerbContext<Settings>,
  flags: BenchFlags,
): Promise<number> {
  const engine = await startNamedEngine(io, flags.engine);
  const progress = await progressReporter(io.stderr, flags.quiet === true);
  try {
    const figures = await program.bench({ engine, progress });
    progress.end();
    if (flags.json === true) await results.writeJson(figures);
    else await results.write(objectText(figures, colours));
  } finally {
    progress.end();
  }
  return exitCodes.done;
}
