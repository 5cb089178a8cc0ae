import { DataError } from "@timestep/base";
import { checkTag, emptyError, type RawExample } from "./raw.js";

/** One parallel file of a split: its name, for errors, and its text. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * Reads one split of the ATIS folder layout: `seq.in` (tokens set apart by blanks), `seq.out` (a tag for each) and,
 * where present, `label` (the intent), one sentence a line.
 *
 * @throws {DataError} ATIS_LINE_COUNT, ATIS_TOKEN_COUNT, ATIS_BLANK_LINE, TAG_UNPARSABLE, DATA_EMPTY.
 */
export function readAtisSplit(input: NamedText, output: NamedText, label?: NamedText): RawExample[] {
  const sentences = lines(input.text);
  if (sentences.length === 0) throw emptyError(input.name);
  const taggings = lines(output.text);
  const intents = label === undefined ? undefined : lines(label.text);
  sameCount(input.name, sentences.length, output.name, taggings.length);
  if (label !== undefined) sameCount(input.name, sentences.length, label.name, intents?.length ?? 0);
  return sentences.map((sentence, index): RawExample => {
    const line = index + 1;
    const tokens = sentence.split(/[ \t]+/).filter((token) => token !== "");
    const tags = (taggings[index] as string).split(/[ \t]+/).filter((tag) => tag !== "");
    if (tokens.length === 0) throw blankLine(input.name, line);
    if (tokens.length !== tags.length) {
      throw new DataError(
        "ATIS_TOKEN_COUNT",
        `line ${line}: ${input.name} has ${tokens.length} tokens, ${output.name} has ${tags.length} tags.`,
        { hint: "Each token needs one tag; blanks set both apart, so no token may contain a blank." },
      );
    }
    for (const [i, tag] of tags.entries()) checkTag(tag, tokens[i] as string, output.name, line);
    const example: RawExample = { tokens, tags, origin: { file: input.name, line } };
    if (label === undefined) return example;
    const intent = (intents?.[index] ?? "").trim();
    if (intent === "") throw blankLine(label.name, line);
    return { ...example, intent };
  });
}

function lines(text: string): string[] {
  const all = text.split("\n");
  while (all.length > 0 && (all.at(-1) as string).trim() === "") all.pop();
  return all;
}

function sameCount(first: string, firstCount: number, second: string, secondCount: number): void {
  if (firstCount === secondCount) return;
  throw new DataError("ATIS_LINE_COUNT", `${first} has ${firstCount} lines, ${second} has ${secondCount}.`, {
    hint: "The files are read side by side, one sentence a line; find the line that one of them lacks.",
  });
}

function blankLine(file: string, line: number): DataError {
  return new DataError("ATIS_BLANK_LINE", `${file}, line ${line}: the line is blank.`, {
    hint: "Remove the line from all files of the split, or fill it in.",
  });
}
