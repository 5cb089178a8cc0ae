import {
  type DataSource,
  type ParallelCorpus,
  type ParallelFormat,
  readParallelCorpus,
} from "@timestep/data";
import { type TranslationSettings } from "@timestep/translation";

/** Reads a corpus with the settings of a run, in the format that the command line names. */
export function readCorpus(
  data: DataSource,
  { from, to, columns, devShare, testShare, format: ownFormat }: TranslationSettings,
  format: string | undefined = ownFormat,
): Promise<ParallelCorpus> {
  return readParallelCorpus(data, {
    from,
    to,
    columns,
    format: format as ParallelFormat | undefined,
    divide: { dev: devShare, test: testShare },
  });
}
