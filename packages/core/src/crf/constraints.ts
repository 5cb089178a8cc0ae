import { ConfigError, DataError } from "@timestep/base";

/** Which tags may start a sequence, end it, and follow each other; `allowed[from][to]`. */
export interface TransitionConstraints {
  readonly allowedStart: readonly boolean[];
  readonly allowedEnd: readonly boolean[];
  readonly allowed: readonly (readonly boolean[])[];
}

/** How spans are written as tags: B-x begins, I-x goes on, E-x ends, S-x is a span of one, O is outside. */
export type TagScheme = "BIO" | "BIOES";

const prefixes = { BIO: "BIO", BIOES: "BIOES" } as const;

/**
 * The transitions that a tag scheme allows.
 *
 * BIO: `I-x` only after `B-x` or `I-x`, and never first. BIOES: a span is `S-x` alone, or `B-x`, any number of `I-x`,
 * then `E-x`; so a sequence neither starts within a span nor ends within one.
 *
 * @param tags names by index: `O`, or a prefix of the scheme, a hyphen and a type that is not empty.
 * @throws {ConfigError} CRF_TAG_NAME when a tag is none of the scheme's or stands twice.
 *
 * @example
 * ```ts
 * tagConstraints(["O", "B-city", "I-city"], "BIO").allowed[0]; // [true, true, false]: no I-city after O
 * ```
 */
export function tagConstraints(tags: readonly string[], scheme: TagScheme): TransitionConstraints {
  const parsed = tags.map((tag, index) => {
    if (tags.indexOf(tag) !== index) {
      throw new ConfigError("CRF_TAG_NAME", `tag "${tag}" stands at ${tags.indexOf(tag)} and at ${index}.`, {
        hint: "List every tag once.",
      });
    }
    return parseTag(tag, scheme);
  });
  const opens = (tag: SpanTag): boolean => tag.prefix === "B" || tag.prefix === "I";
  const continues = (tag: SpanTag): boolean => tag.prefix === "I" || tag.prefix === "E";
  // In BIO a span may stop after any tag; in BIOES B and I must be followed by more of the same span.
  const mustGoOn = (tag: SpanTag): boolean => scheme === "BIOES" && opens(tag);
  return {
    allowedStart: parsed.map((tag) => !continues(tag)),
    allowedEnd: parsed.map((tag) => !mustGoOn(tag)),
    allowed: parsed.map((from) =>
      parsed.map((to) => (continues(to) ? opens(from) && from.type === to.type : !mustGoOn(from))),
    ),
  };
}

interface SpanTag {
  readonly prefix: string;
  readonly type: string;
}

function parseTag(tag: string, scheme: TagScheme): SpanTag {
  if (tag === "O") return { prefix: "O", type: "" };
  const prefix = tag.slice(0, 1);
  if (tag.length < 3 || tag[1] !== "-" || prefix === "O" || !prefixes[scheme].includes(prefix)) {
    throw new ConfigError("CRF_TAG_NAME", `"${tag}" is no ${scheme} tag.`, {
      hint: `Tags are O, or one of ${[...prefixes[scheme]].filter((p) => p !== "O").join(", ")} with a hyphen and a type, as in B-city.`,
    });
  }
  return { prefix, type: tag.slice(2) };
}

/** Everything allowed, for `tagCount` tags. */
export function unconstrained(tagCount: number): TransitionConstraints {
  const row = Array.from({ length: tagCount }, () => true);
  return { allowedStart: row, allowedEnd: row, allowed: row.map(() => row) };
}

/**
 * Refuses constraints that are not made for `tagCount` tags.
 *
 * @throws {ConfigError} CRF_CONSTRAINTS.
 */
export function checkConstraints(constraints: TransitionConstraints, tagCount: number): void {
  const expectSize = (what: string, size: number): void => {
    if (size === tagCount) return;
    throw new ConfigError("CRF_CONSTRAINTS", `${what} has ${size} entries, the CRF has ${tagCount} tags.`, {
      hint: "Make the constraints from the same tag list as the CRF, as tagConstraints(tags, scheme) does.",
    });
  };
  expectSize("allowedStart", constraints.allowedStart.length);
  expectSize("allowedEnd", constraints.allowedEnd.length);
  expectSize("allowed", constraints.allowed.length);
  for (const [from, row] of constraints.allowed.entries()) expectSize(`allowed[${from}]`, row.length);
}

/**
 * Refuses a tag sequence that the constraints forbid.
 *
 * @param row names the sequence in the error.
 * @throws {DataError} CRF_FORBIDDEN_TAGS naming the row, the step and the tags.
 */
export function checkPath(
  constraints: TransitionConstraints,
  tags: readonly number[],
  length: number,
  row: number,
): void {
  const refuse = (what: string): never => {
    throw new DataError("CRF_FORBIDDEN_TAGS", `row ${row}: ${what}, which the constraints forbid.`, {
      hint: "Repair the tags where they are read (convert the scheme, or open the span with B-), or train without constraints.",
    });
  };
  if (length === 0) return;
  const first = tags[0] as number;
  const last = tags[length - 1] as number;
  if (!constraints.allowedStart[first]) refuse(`the sequence starts with tag ${first} at step 0`);
  for (let t = 1; t < length; t++) {
    const from = tags[t - 1] as number;
    const to = tags[t] as number;
    if (!constraints.allowed[from]?.[to])
      refuse(`tag ${from} at step ${t - 1} is followed by tag ${to} at step ${t}`);
  }
  if (!constraints.allowedEnd[last]) refuse(`the sequence ends with tag ${last} at step ${length - 1}`);
}
