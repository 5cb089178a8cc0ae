import { DataError } from "@timestep/base";

/** A labelled stretch of tokens: `start` is its first token, `end` the one after its last. */
export interface Span {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/**
 * How chunks are written as one tag a token.
 *
 * | scheme | one token | longer | what sets it apart |
 * |--|--|--|--|
 * | BIO (IOB2) | B | B I … I | every chunk opens with B |
 * | IOB1 | I | I I … I | B only where a chunk touches one of the same type |
 * | BIOES | S | B I … E | the last token and lone tokens are marked |
 * | BILUO | U | B I … L | BIOES with other letters |
 */
export type TagScheme = "BIO" | "IOB1" | "BIOES" | "BILUO";

/** A tag taken apart: `O` has an empty type. */
export interface ParsedTag {
  readonly prefix: "O" | "B" | "I" | "E" | "S" | "L" | "U";
  readonly type: string;
}

/** Takes a tag apart at its first hyphen; undefined when it is neither `O` nor prefix, hyphen, type. */
export function parseTag(tag: string): ParsedTag | undefined {
  if (tag === "O") return { prefix: "O", type: "" };
  const match = /^([BIESLU])-(.+)$/su.exec(tag);
  return match === null ? undefined : { prefix: match[1] as ParsedTag["prefix"], type: match[2] as string };
}

/**
 * The chunks of a tag sequence, as the CoNLL scorer counts them: an I that follows O, or a chunk of another type,
 * opens a chunk. E (or L) closes the chunk it is in; S (or U) is a chunk of one token.
 *
 * @throws {DataError} TAG_UNPARSABLE when a tag is neither `O` nor prefix, hyphen, type.
 */
export function tagSpans(tags: readonly string[]): Span[] {
  const spans: Span[] = [];
  let open: { type: string; start: number } | undefined;
  const close = (end: number): void => {
    if (open !== undefined) spans.push({ type: open.type, start: open.start, end });
    open = undefined;
  };
  for (const [index, tag] of tags.entries()) {
    const { prefix, type } = parsed(tag, index);
    const opens = prefix === "B" || prefix === "S" || prefix === "U" || open?.type !== type;
    if (prefix === "O" || opens) close(index);
    if (prefix === "O") continue;
    open ??= { type, start: index };
    if (prefix !== "B" && prefix !== "I") close(index + 1);
  }
  close(tags.length);
  return spans;
}

/**
 * Writes chunks as tags, B I O or B I E S O.
 *
 * @throws {DataError} SPAN_RANGE when a span is empty or leaves the sequence; SPAN_OVERLAP when two share a token.
 */
export function spansToTags(
  spans: readonly Span[],
  length: number,
  scheme: "BIO" | "BIOES" = "BIO",
): string[] {
  const tags = new Array<string>(length).fill("O");
  for (const { type, start, end } of spans) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end > length || start >= end) {
      throw new DataError(
        "SPAN_RANGE",
        `span ${type} ${start}..${end} does not fit a sequence of ${length} tokens.`,
        {
          hint: "A span covers at least one token: 0 <= start < end <= number of tokens.",
        },
      );
    }
    for (let i = start; i < end; i++) {
      if (tags[i] !== "O") {
        throw new DataError(
          "SPAN_OVERLAP",
          `token ${i} lies in span ${type} ${start}..${end} and is ${tags[i]} already.`,
          {
            hint: "One tag a token cannot hold overlapping or nested spans; keep one of them.",
          },
        );
      }
      tags[i] = `${spanPrefix(i, start, end, scheme)}-${type}`;
    }
  }
  return tags;
}

function spanPrefix(index: number, start: number, end: number, scheme: "BIO" | "BIOES"): string {
  if (scheme === "BIO") return index === start ? "B" : "I";
  if (end - start === 1) return "S";
  return index === start ? "B" : index === end - 1 ? "E" : "I";
}

/** BIO (or IOB1, read by the same rules) to BIOES. */
export function bioToBioes(tags: readonly string[]): string[] {
  return spansToTags(tagSpans(tags), tags.length, "BIOES");
}

/** BIOES or BILUO to BIO. Ill-formed sequences, as a model without constraints makes them, are read as {@link tagSpans} does. */
export function bioesToBio(tags: readonly string[]): string[] {
  return spansToTags(tagSpans(tags), tags.length);
}

/** IOB1 to BIO: every chunk opens with B. */
export function iob1ToBio(tags: readonly string[]): string[] {
  return spansToTags(tagSpans(tags), tags.length);
}

/**
 * The scheme that a whole file uses. E or S anywhere means BIOES, L or U means BILUO. Otherwise it is IOB1 when some I
 * opens a chunk and no B stands where IOB1 would have written I; else BIO.
 *
 * @throws {DataError} TAG_UNPARSABLE for a tag that is none; TAG_SCHEMES_MIXED when letters of BIOES and BILUO meet.
 */
export function detectScheme(sequences: Iterable<readonly string[]>): TagScheme {
  const seen = new Set<string>();
  let openingInside = false;
  let plainBegin = false;
  for (const tags of sequences) {
    let last: ParsedTag = { prefix: "O", type: "" };
    for (const [index, tag] of tags.entries()) {
      const now = parsed(tag, index);
      seen.add(now.prefix);
      const touches = last.prefix !== "O" && last.type === now.type;
      if (!touches && now.prefix === "I") openingInside = true;
      if (!touches && now.prefix === "B") plainBegin = true;
      last = now;
    }
  }
  const bioes = seen.has("E") || seen.has("S");
  const biluo = seen.has("L") || seen.has("U");
  if (bioes && biluo) {
    throw new DataError(
      "TAG_SCHEMES_MIXED",
      `the tags ${[...seen].sort().join(", ")} belong to two schemes.`,
      {
        hint: "BIOES marks ends with E and lone tokens with S, BILUO with L and U; use one of them throughout.",
      },
    );
  }
  if (bioes) return "BIOES";
  if (biluo) return "BILUO";
  return openingInside && !plainBegin ? "IOB1" : "BIO";
}

/** Tags rewritten as BIO, with the places (token indices) where the sequence broke its scheme's rules. */
export interface NormalisedTags {
  readonly tags: string[];
  readonly repairs: number[];
}

/**
 * Rewrites tags of a known scheme as BIO. Transitions that the scheme does not allow are read as {@link tagSpans}
 * does, and their places returned so that a reader can warn.
 */
export function normaliseTags(tags: readonly string[], scheme: TagScheme): NormalisedTags {
  const repairs: number[] = [];
  const marksEnds = scheme === "BIOES" || scheme === "BILUO";
  let last: ParsedTag = { prefix: "O", type: "" };
  for (const [index, tag] of tags.entries()) {
    const now = parsed(tag, index);
    const inside = last.prefix === "B" || last.prefix === "I";
    const continues = now.prefix === "I" || now.prefix === "E" || now.prefix === "L";
    const joins = inside && last.type === now.type;
    const broken = marksEnds
      ? continues !== joins || (inside && !continues)
      : scheme === "BIO" && continues && !joins;
    if (broken) repairs.push(index);
    last = now;
  }
  if (marksEnds && (last.prefix === "B" || last.prefix === "I")) repairs.push(tags.length - 1);
  return { tags: spansToTags(tagSpans(tags), tags.length), repairs };
}

function parsed(tag: string, index: number): ParsedTag {
  const found = parseTag(tag);
  if (found === undefined) {
    throw new DataError("TAG_UNPARSABLE", `"${tag}" (token ${index + 1}) is no tag.`, {
      hint: "A tag is O, or one of B I E S L U, a hyphen and a type: B-city.",
    });
  }
  return found;
}
