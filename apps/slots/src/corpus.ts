import { type DataSource, readTaggedCorpus, type TaggedCorpus, type TaggedFormat } from "@timestep/data";

/** Reads a tagged corpus as the command line names it. */
export function readCorpus(data: DataSource, format: string | undefined): Promise<TaggedCorpus> {
  return readTaggedCorpus(data, format === undefined ? {} : { format: format as TaggedFormat });
}
