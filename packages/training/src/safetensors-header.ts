import { DataError } from "@timestep/base";

/** Where a tensor lies, in bytes from the start of the values. */
export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** A header whose every claim has been checked. */
export interface SafetensorsHeader {
  readonly tensors: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the values start in the file. */
  readonly dataStart: number;
}

/** Headers are some hundred bytes per tensor; this allows for hundreds of thousands of tensors. */
const headerLimit = 64 * 1024 * 1024;
const nameLimit = 512;
const rankLimit = 8;
const again = "The file is damaged or was not written by this project: copy it again, or train again.";

/**
 * Parses and checks the header of a safetensors file.
 *
 * @throws {DataError} with a code MODEL_*; see `decodeSafetensors`.
 */
export function parseHeader(bytes: Uint8Array, file: string): SafetensorsHeader {
  if (bytes.length < 8) {
    throw new DataError(
      "MODEL_TRUNCATED",
      `${file} has ${bytes.length} bytes; a model file has at least 8.`,
      {
        hint: again,
      },
    );
  }
  const claimed = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(headerLimit)) {
    throw new DataError(
      "MODEL_HEADER",
      `${file} claims a header of ${claimed} bytes; at most ${headerLimit} are read.`,
      {
        hint: again,
      },
    );
  }
  const dataStart = 8 + Number(claimed);
  if (dataStart > bytes.length) {
    throw new DataError(
      "MODEL_TRUNCATED",
      `${file} claims a header of ${claimed} bytes but has only ${bytes.length - 8} after the length.`,
      { hint: again },
    );
  }
  const header = parseJson(bytes.subarray(8, dataStart), file);
  let metadata: Readonly<Record<string, string>> = {};
  const tensors: TensorEntry[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") metadata = checkMetadata(entry, file);
    else tensors.push(checkEntry(name, entry, file));
  }
  checkLayout(tensors, bytes.length - dataStart, file);
  return { tensors, metadata, dataStart };
}

/**
 * Refuses tensor names that no parameter path can have.
 *
 * @throws {DataError} MODEL_NAME.
 */
export function checkTensorName(name: string, file: string): void {
  const hostile = name
    .split(/[./]/)
    .some((part) => part === "__proto__" || part === "constructor" || part === "prototype");
  if (hostile || name.startsWith("__") || name.length > nameLimit || !/^[\w./-]+$/.test(name)) {
    throw new DataError("MODEL_NAME", `${file}: ${quoted(name)} is no name for a tensor.`, {
      hint: `Names are up to ${nameLimit} letters, digits, dots, slashes and dashes.`,
    });
  }
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw new DataError("MODEL_HEADER", `the header of ${file} is not JSON.`, { cause, hint: again });
  }
  if (!isObject(header)) {
    throw new DataError("MODEL_HEADER", `the header of ${file} is ${kindOf(header)}, not a JSON object.`, {
      hint: again,
    });
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) {
    throw new DataError("MODEL_DUPLICATE", `the header of ${file} names ${quoted(twice)} twice.`, {
      hint: again,
    });
  }
  return header;
}

/** The first key that an object in valid JSON text repeats; `JSON.parse` would silently keep the last. */
function repeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // one entry per object or array around the present place
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === "{") open.push(new Set());
    else if (char === "[") open.push(undefined);
    else if (char === "}" || char === "]") open.pop();
    else if (char === '"') {
      const start = at++;
      while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
      const text = json.slice(start, at + 1);
      let next = at + 1;
      while (/\s/.test(json[next] ?? "")) next++;
      const keys = open.at(-1);
      if (json[next] !== ":" || keys === undefined) continue;
      const key = JSON.parse(text) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

function checkMetadata(entry: unknown, file: string): Readonly<Record<string, string>> {
  if (!isObject(entry)) {
    throw new DataError("MODEL_METADATA", `${file}: __metadata__ is ${kindOf(entry)}, not an object.`, {
      hint: again,
    });
  }
  const pairs = Object.entries(entry).map(([key, value]): [string, string] => {
    if (key === "__proto__" || typeof value !== "string") {
      throw new DataError("MODEL_METADATA", `${file}: __metadata__ ${quoted(key)} is not a text.`, {
        hint: again,
      });
    }
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

function checkEntry(name: string, entry: unknown, file: string): TensorEntry {
  checkTensorName(name, file);
  if (!isObject(entry)) {
    throw new DataError(
      "MODEL_HEADER",
      `${file}: the entry of "${name}" is ${kindOf(entry)}, not an object.`,
      {
        hint: again,
      },
    );
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") {
    throw new DataError("MODEL_DTYPE", `${file}: "${name}" has dtype ${quoted(dtype)}; only F32 is read.`, {
      hint: "Convert the weights to 32-bit floats.",
    });
  }
  if (!Array.isArray(shape) || shape.length > rankLimit || !shape.every(isSize)) {
    throw new DataError(
      "MODEL_SHAPE",
      `${file}: "${name}" has shape ${quoted(shape)}; expected up to ${rankLimit} whole numbers from 0.`,
      { hint: again },
    );
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw new DataError(
      "MODEL_OFFSETS",
      `${file}: "${name}" has offsets ${quoted(offsets)}; expected [start, end].`,
      {
        hint: again,
      },
    );
  }
  const [start, end] = offsets as [number, number];
  // A product beyond 2^53 is inexact but still far above any file's size, so the comparison holds.
  const bytes = shape.reduce<number>((product, size: number) => product * size, 4);
  if (end - start !== bytes) {
    throw new DataError(
      "MODEL_SHAPE",
      `${file}: "${name}" [${shape.join(", ")}] needs ${bytes} bytes, its offsets give ${end - start}.`,
      { hint: again },
    );
  }
  return { name, shape, start, end };
}

/** Tensors lie one after the other, without gap or overlap, and fill the file to its end. */
function checkLayout(tensors: readonly TensorEntry[], available: number, file: string): void {
  let expected = 0;
  for (const { name, start, end } of [...tensors].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (end > available) {
      throw new DataError(
        "MODEL_TRUNCATED",
        `${file}: "${name}" ends at byte ${end} of the values, but the file has only ${available}.`,
        { hint: again },
      );
    }
    if (start !== expected) {
      const fault =
        start < expected ? "overlaps the tensor before it" : "leaves a gap after the tensor before it";
      throw new DataError("MODEL_OFFSETS", `${file}: "${name}" starts at byte ${start}, which ${fault}.`, {
        hint: again,
      });
    }
    expected = end;
  }
  if (expected !== available) {
    throw new DataError(
      "MODEL_OFFSETS",
      `${file} has ${available - expected} bytes that belong to no tensor.`,
      {
        hint: again,
      },
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

/** A short printed form; nested values are left out, since a hostile header may nest without end. */
function quoted(value: unknown): string {
  if (value === undefined) return "missing";
  if (isObject(value)) return "{...}";
  const text = Array.isArray(value)
    ? `[${value
        .slice(0, 10)
        .map((item) => (Array.isArray(item) ? "[...]" : quoted(item)))
        .join(", ")}]`
    : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
