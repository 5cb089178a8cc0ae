import {
  type DataSource,
  readTaggedCorpus,
  type Split,
  type TaggedCorpus,
  type TaggedFormat,
} from "@timestep/data";
import { ConfigError } from "@timestep/base";

/** Reads a tagged corpus as the command line names it. */
export function readCorpus(data: DataSource, format: string | undefined): Promise<TaggedCorpus> {
  return readTaggedCorpus(data, format === undefined ? {} : { format: format as TaggedFormat });
}

/**
 * @throws {ConfigError} SPLIT_UNKNOWN when the name is none of train, dev, test.
 */
export function asSplit(name: string): Split {
  if (name === "train" || name === "dev" || name === "test") return name;
  throw new ConfigError("SPLIT_UNKNOWN", `no split is called "${name}".`, {
    hint: "Use train, dev or test.",
  });
}
