import { DataError } from "@timestep/base";
import { tokenise } from "../text/tokenise.js";
import { checkTag, emptyError, type RawExample } from "./raw.js";
import { type Span, spansToTags } from "./tag-schemes.js";

/**
 * Reads one JSON object a line, either with tokens and tags or with a text and slots by offsets:
 *
 *     {"tokens": ["to", "Taipei"], "tags": ["O", "B-city"], "intent": "book"}
 *     {"text": "to Taipei", "slots": [{"type": "city", "start": 3, "end": 9}], "intent": "book"}
 *
 * Offsets count UTF-16 code units, as JavaScript's `slice` does. Other keys are left alone; blank lines are skipped.
 *
 * @throws {DataError} JSONL_SYNTAX, JSONL_FIELD, JSONL_TAG_COUNT, JSONL_SLOT_RANGE, JSONL_SLOT_OVERLAP,
 *   JSONL_SLOT_CUTS_TOKEN, TAG_UNPARSABLE with file and line; DATA_EMPTY.
 */
export function readJsonl(text: string, file: string): RawExample[] {
  const examples: RawExample[] = [];
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() === "") continue;
    examples.push(readLine(content, { file, line: index + 1 }));
  }
  if (examples.length === 0) throw emptyError(file);
  return examples;
}

interface Origin {
  readonly file: string;
  readonly line: number;
}

const SHAPES =
  'Each line is {"tokens": [...], "tags": [...]} or {"text": "...", "slots": [{"type", "start", "end"}]}, with an optional "intent".';

function readLine(content: string, origin: Origin): RawExample {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new DataError("JSONL_SYNTAX", `${place(origin)}: not valid JSON (${reason(cause)}).`, {
      hint: SHAPES,
      cause,
    });
  }
  if (!isRecord(value)) throw fieldError(origin, "the line is no JSON object");
  const intent = value["intent"];
  if (intent !== undefined && intent !== null && (typeof intent !== "string" || intent === "")) {
    throw fieldError(origin, '"intent" must be a text that is not empty');
  }
  const label = typeof intent === "string" ? { intent } : {};
  if (value["tokens"] !== undefined) return { ...fromTokens(value, origin), ...label, origin };
  if (value["text"] !== undefined) return { ...fromText(value, origin), ...label, origin };
  throw fieldError(origin, 'neither "tokens" nor "text" is there');
}

function fromTokens(
  value: Readonly<Record<string, unknown>>,
  origin: Origin,
): { tokens: string[]; tags: string[] } {
  const tokens = texts(value["tokens"], "tokens", origin);
  const tags = texts(value["tags"], "tags", origin);
  if (tokens.length === 0) throw fieldError(origin, '"tokens" is empty');
  if (tokens.length !== tags.length) {
    throw new DataError(
      "JSONL_TAG_COUNT",
      `${place(origin)}: ${tokens.length} tokens but ${tags.length} tags.`,
      {
        hint: "Write one tag for each token, O where there is none.",
      },
    );
  }
  for (const [i, tag] of tags.entries()) checkTag(tag, tokens[i] as string, origin.file, origin.line);
  return { tokens, tags };
}

function fromText(value: Readonly<Record<string, unknown>>, origin: Origin): Omit<RawExample, "origin"> {
  const text = value["text"];
  if (typeof text !== "string") throw fieldError(origin, '"text" must be a text');
  const found = tokenise(text);
  if (found.length === 0) throw fieldError(origin, '"text" holds no token');
  const slots = value["slots"] ?? [];
  if (!Array.isArray(slots)) throw fieldError(origin, '"slots" must be a list');
  const spans = (slots as unknown[])
    .map((slot) => readSlot(slot, text, origin))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const chunks: Span[] = [];
  let at = 0; // slots and tokens are walked together, both in order of their starts
  let previous: Span | undefined;
  for (const slot of spans) {
    if (previous !== undefined && slot.start < previous.end) {
      throw new DataError(
        "JSONL_SLOT_OVERLAP",
        `${place(origin)}: slots ${show(previous, text)} and ${show(slot, text)} overlap.`,
        { hint: "One tag a token cannot hold overlapping slots; keep one of them." },
      );
    }
    previous = slot;
    while (at < found.length && (found[at] as { end: number }).end <= slot.start) at++;
    const first = at;
    while (at < found.length && (found[at] as { start: number }).start < slot.end) at++;
    for (const token of [found[first], found[at - 1]]) {
      if (token !== undefined && at > first && (token.start < slot.start || token.end > slot.end)) {
        throw new DataError(
          "JSONL_SLOT_CUTS_TOKEN",
          `${place(origin)}: slot ${show(slot, text)} cuts the token "${token.text}" (${token.start}..${token.end}).`,
          { hint: "Move the slot's ends to token ends, or set the parts apart by a blank in the text." },
        );
      }
    }
    if (at === first) throw rangeError(origin, `slot ${show(slot, text)} covers no token`);
    chunks.push({ type: slot.type, start: first, end: at });
  }
  return {
    tokens: found.map((token) => token.text),
    tags: spansToTags(chunks, found.length),
    text,
    spans: found.map(({ start, end }) => ({ start, end })),
  };
}

function readSlot(slot: unknown, text: string, origin: Origin): Span {
  if (!isRecord(slot)) throw fieldError(origin, 'a slot must be an object {"type", "start", "end"}');
  const { type, start, end } = slot;
  if (typeof type !== "string" || !/^\S+$/u.test(type)) {
    throw fieldError(origin, 'a slot\'s "type" must be a text without blanks');
  }
  if (
    typeof start !== "number" ||
    typeof end !== "number" ||
    !Number.isInteger(start) ||
    !Number.isInteger(end)
  ) {
    throw fieldError(origin, `slot ${type}: "start" and "end" must be whole numbers`);
  }
  if (start < 0 || end > text.length || start >= end) {
    throw rangeError(
      origin,
      `slot ${type} ${start}..${end} does not fit a text of ${text.length} characters`,
    );
  }
  return { type, start, end };
}

function texts(value: unknown, key: string, origin: Origin): string[] {
  if (!Array.isArray(value)) throw fieldError(origin, `"${key}" must be a list of texts`);
  for (const item of value as unknown[]) {
    if (typeof item !== "string" || item === "") {
      throw fieldError(origin, `"${key}" holds ${JSON.stringify(item)}, which is no text or an empty one`);
    }
  }
  return value as string[];
}

function show(slot: Span, text: string): string {
  return `${slot.type} "${text.slice(slot.start, slot.end)}" (${slot.start}..${slot.end})`;
}

function place(origin: Origin): string {
  return `${origin.file}, line ${origin.line}`;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function fieldError(origin: Origin, what: string): DataError {
  return new DataError("JSONL_FIELD", `${place(origin)}: ${what}.`, { hint: SHAPES });
}

function rangeError(origin: Origin, what: string): DataError {
  return new DataError("JSONL_SLOT_RANGE", `${place(origin)}: ${what}.`, {
    hint: "Offsets count from 0 in UTF-16 code units; end is the offset after the last one: 0 <= start < end.",
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
