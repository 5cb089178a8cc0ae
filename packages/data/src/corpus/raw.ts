import { DataError } from "@timestep/base";
import { type TaggedExample } from "./corpus.js";
import { detectScheme, normaliseTags, parseTag } from "./tag-schemes.js";

/** An example whose tags are still in the file's own scheme. */
export interface RawExample extends TaggedExample {
  /** Line of a token, for warnings; absent when the whole example is on one line. */
  readonly tokenLines?: readonly number[];
}

/**
 * Recognises the tag scheme of one file and rewrites every example as BIO.
 * Returns the examples and, when transitions had to be repaired, one warning that counts them and names the first.
 */
export function normaliseFile(
  file: string,
  raw: readonly RawExample[],
): { examples: TaggedExample[]; warnings: string[] } {
  const scheme = schemeOf(file, raw);
  let repaired = 0;
  let first = "";
  const examples = raw.map(({ tokenLines, ...example }): TaggedExample => {
    const { tags, repairs } = normaliseTags(example.tags, scheme);
    const [place] = repairs;
    if (place !== undefined && repaired === 0) {
      const before =
        place === 0 ? "at the start of the sentence" : `after ${example.tags[place - 1] as string}`;
      first = `line ${tokenLines?.[place] ?? example.origin.line}, ${example.tags[place] as string} ${before}`;
    }
    repaired += repairs.length;
    return { ...example, tags };
  });
  if (repaired === 0) return { examples, warnings: [] };
  const what = repaired === 1 ? "1 tag does" : `${repaired} tags do`;
  return {
    examples,
    warnings: [
      `${file}: ${what} not follow the ${scheme} scheme (first: ${first}); ` +
        "read as conlleval does: a tag that continues nothing opens a chunk.",
    ],
  };
}

function schemeOf(file: string, raw: readonly RawExample[]): ReturnType<typeof detectScheme> {
  try {
    return detectScheme(
      (function* () {
        for (const example of raw) yield example.tags;
      })(),
    );
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError(cause.code, `${file}: ${cause.message.replace(/^\w+: /, "").split("\n")[0] ?? ""}`, {
      hint: cause.hint ?? "",
      cause,
    });
  }
}

/** @throws {DataError} TAG_UNPARSABLE with file and line when `tag` is neither O nor prefix, hyphen, type. */
export function checkTag(tag: string, token: string, file: string, line: number): void {
  if (parseTag(tag) !== undefined) return;
  throw new DataError("TAG_UNPARSABLE", `${file}, line ${line}: "${tag}" (for "${token}") is no tag.`, {
    hint: "A tag is O, or one of B I E S L U, a hyphen and a type: B-city.",
  });
}

/** @throws {DataError} DATA_EMPTY */
export function emptyError(name: string): DataError {
  return new DataError("DATA_EMPTY", `${name} holds no examples.`, {
    hint: "Check that the file was copied whole and is the one you meant.",
  });
}
