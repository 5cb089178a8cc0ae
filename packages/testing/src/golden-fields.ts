import { DataError } from "@timestep/base";
import { type GoldenArray } from "./golden.js";

/** Typed access to the fields of one JSON object; every error names the case and the field's path. */
export class Fields {
  private readonly values: ReadonlyMap<string, unknown>;

  constructor(
    private readonly name: string,
    private readonly path: string,
    value: unknown,
  ) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      if (path === "") {
        throw new DataError("GOLDEN_JSON", `golden case "${name}" is ${describe(value)}, not a JSON object.`);
      }
      fail(name, path, "an object", value);
    }
    this.values = new Map(Object.entries(value));
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  isNull(key: string): boolean {
    return this.values.get(key) === null;
  }

  /** An object whose keys are all among `known`. */
  child(key: string, known: readonly string[]): Fields {
    const child = new Fields(this.name, this.at(key), this.get(key));
    for (const found of child.values.keys()) {
      if (!known.includes(found))
        fail(this.name, child.at(found), `no such field (known: ${known.join(", ")})`, found);
    }
    return child;
  }

  oneOf<T extends string>(key: string, options: readonly T[]): T {
    const value = this.get(key);
    const found = options.find((option) => option === value);
    return found ?? fail(this.name, this.at(key), `one of ${options.join(", ")}`, value);
  }

  number(key: string): number {
    return asNumber(this.name, this.at(key), this.get(key));
  }

  whole(key: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    return asWhole(this.name, this.at(key), this.get(key), least, most);
  }

  flag(key: string): boolean {
    const value = this.get(key);
    return typeof value === "boolean" ? value : fail(this.name, this.at(key), "true or false", value);
  }

  list(key: string, length: number): readonly unknown[] {
    const list = asList(this.name, this.at(key), this.get(key));
    return list.length === length ? list : fail(this.name, this.at(key), `${length} entries`, list.length);
  }

  /** `count` whole numbers from 0 to `most`. */
  wholes(key: string, count: number, most: number): readonly number[] {
    return this.list(key, count).map((v, n) => asWhole(this.name, `${this.at(key)}[${n}]`, v, 0, most));
  }

  /** `{shape, data}` of the given shape; a null in it stands for any size. */
  array(key: string, expected: readonly (number | null)[]): GoldenArray {
    const path = this.at(key);
    const fields = new Fields(this.name, path, this.get(key));
    const shape = asList(this.name, `${path}.shape`, fields.get("shape")).map((size, axis) =>
      asWhole(this.name, `${path}.shape[${axis}]`, size, 0),
    );
    if (
      shape.length !== expected.length ||
      expected.some((size, axis) => size !== null && size !== shape[axis])
    ) {
      const wanted = expected.map((size) => size ?? "any").join(", ");
      throw new DataError(
        "GOLDEN_SHAPE",
        `golden case "${this.name}", ${path}: expected shape [${wanted}], got [${shape.join(", ")}].`,
        { hint: "Check the sizes at the head of the file against its arrays." },
      );
    }
    const data = asList(this.name, `${path}.data`, fields.get("data"));
    const size = shape.reduce((product, n) => product * n, 1);
    if (data.length !== size) {
      throw new DataError(
        "GOLDEN_SHAPE",
        `golden case "${this.name}", ${path}: shape [${shape.join(", ")}] needs ${size} numbers, got ${data.length}.`,
        { hint: "Check the sizes at the head of the file against its arrays." },
      );
    }
    return { shape, data: Float64Array.from(data, (v, n) => asNumber(this.name, `${path}.data[${n}]`, v)) };
  }

  /** The array under its own key, or nothing when the field is absent. */
  optionalArray<K extends string>(
    key: K,
    expected: readonly number[],
  ): { readonly [key in K]?: GoldenArray } {
    if (!this.has(key)) return {};
    const given: { [key in K]?: GoldenArray } = {};
    given[key] = this.array(key, expected);
    return given;
  }

  private get(key: string): unknown {
    if (!this.has(key)) fail(this.name, this.at(key), "a value", undefined);
    return this.values.get(key);
  }

  private at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }
}

export function asList(name: string, path: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : fail(name, path, "a list", value);
}

export function asNumber(name: string, path: string, value: unknown): number {
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : fail(name, path, "a finite number", value);
}

export function asWhole(
  name: string,
  path: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  const upTo = most === Number.MAX_SAFE_INTEGER ? "upwards" : `to ${most}`;
  return fail(name, path, `a whole number from ${least} ${upTo}`, value);
}

export function fail(name: string, path: string, expected: string, got: unknown): never {
  throw new DataError(
    "GOLDEN_FIELD",
    `golden case "${name}", ${path}: expected ${expected}, got ${describe(got)}.`,
    {
      hint: "Correct the field, or write the file anew.",
    },
  );
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value);
}
