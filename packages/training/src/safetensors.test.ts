import { DataError } from "@timestep/base";
import { type Values } from "@timestep/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

const weights = new Map<string, Values>([
  ["encoder.layer0.bias", { shape: [3], data: Float32Array.of(1, -2.5, 1e-30) }],
  ["scale", { shape: [], data: Float32Array.of(7) }],
  ["empty", { shape: [0, 4], data: new Float32Array(0) }],
  ["kernel", { shape: [2, 2], data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0, 3) }],
]);
const good = encodeSafetensors(weights, { note: 'a "quoted" {note}' });

/** A file with a given header text and so many zero bytes of values. */
function file(header: unknown, bytes = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const made = new Uint8Array(8 + json.length + bytes);
  new DataView(made.buffer).setBigUint64(0, BigInt(json.length), true);
  made.set(json, 8);
  return made;
}

const tensor = (shape: unknown, start: unknown, end: unknown, dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

function codeOf(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes, "model.safetensors");
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).hint).toBeTruthy();
    expect((error as DataError).message).toContain("model.safetensors");
    return (error as DataError).code;
  }
  return "fine";
}

describe("safetensors", () => {
  it("gives back what was put in, bit by bit, wherever the bytes lie", () => {
    const shifted = new Uint8Array(good.length + 3);
    shifted.set(good, 3);
    for (const bytes of [good, shifted.subarray(3), Buffer.from(good)]) {
      const { weights: read, metadata } = decodeSafetensors(bytes, "file");
      expect(read).toEqual(weights);
      expect([...read.keys()]).toEqual([...weights.keys()]);
      expect(metadata).toEqual({ note: 'a "quoted" {note}' });
    }
  });

  it("writes the layout of the format, byte for byte", () => {
    const bytes = encodeSafetensors(new Map([["a", { shape: [1], data: Float32Array.of(1) }]]));
    const header = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ';
    expect(Buffer.from(bytes).toString("latin1")).toBe(`\x38\0\0\0\0\0\0\0${header}\0\0\x80\x3f`);
  });

  it("round-trips any weights", () => {
    const values = fc.array(fc.float(), { maxLength: 8 }).map((list): Values => ({
      shape: [list.length],
      data: Float32Array.from(list),
    }));
    const named = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}(\.[a-z]{1,4})?$/), values);
    fc.assert(
      fc.property(named, (record) => {
        const map = new Map(Object.entries(record));
        expect(decodeSafetensors(encodeSafetensors(map), "file").weights).toEqual(map);
      }),
    );
  });

  it("refuses to write values that do not fill their shape, or a hostile name", () => {
    const data = Float32Array.of(1);
    expect(() => encodeSafetensors(new Map([["a", { shape: [2], data }]]))).toThrow(/MODEL_SIZE.*"a" \[2\]/);
    expect(() => encodeSafetensors(new Map([["a b", { shape: [1], data }]]))).toThrow(/MODEL_NAME/);
  });
});

describe("a hostile file", () => {
  it.each([
    ["an empty file", new Uint8Array(0), "MODEL_TRUNCATED"],
    ["a huge header", Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255), "MODEL_HEADER"],
    ["a header longer than the file", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123), "MODEL_TRUNCATED"],
    ["a header that is not JSON", file("{'a'}"), "MODEL_HEADER"],
    ["a header that is a list", file([]), "MODEL_HEADER"],
    ["an entry that is no object", file({ a: 1 }), "MODEL_HEADER"],
    [
      "a name twice",
      file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}'),
      "MODEL_DUPLICATE",
    ],
    [
      "a key twice",
      file('{"a":{"dtype":"F64","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
      "MODEL_DUPLICATE",
    ],
    ["another dtype", file({ a: tensor([1], 0, 8, "F64") }, 8), "MODEL_DTYPE"],
    ["no dtype", file({ a: { shape: [1], data_offsets: [0, 4] } }, 4), "MODEL_DTYPE"],
    [
      "the name __proto__",
      file('{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
      "MODEL_NAME",
    ],
    ["a prototype in a path", file({ "a.constructor.b": tensor([0], 0, 0) }), "MODEL_NAME"],
    ["an empty name", file({ "": tensor([0], 0, 0) }), "MODEL_NAME"],
    ["a negative size", file({ a: tensor([-1, -1], 0, 4) }, 4), "MODEL_SHAPE"],
    ["a fractional size", file({ a: tensor([0.5, 2], 0, 4) }, 4), "MODEL_SHAPE"],
    [
      "a size that is no number",
      file('{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', 4),
      "MODEL_HEADER",
    ],
    [
      "a size beyond all numbers",
      file('{"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', 4),
      "MODEL_SHAPE",
    ],
    ["a huge shape", file({ a: tensor([2 ** 40, 2 ** 40], 0, 4) }, 4), "MODEL_SHAPE"],
    [
      "a shape that nests without end",
      file(`{"a":{"dtype":"F32","shape":${"[".repeat(5000)}${"]".repeat(5000)}}}`),
      "MODEL_SHAPE",
    ],
    ["too many axes", file({ a: tensor(Array(9).fill(1), 0, 4) }, 4), "MODEL_SHAPE"],
    ["values fewer than the shape", file({ a: tensor([3], 0, 8) }, 8), "MODEL_SHAPE"],
    ["offsets that are no numbers", file({ a: tensor([1], "0", 4) }, 4), "MODEL_OFFSETS"],
    ["offsets backwards", file({ a: tensor([1], 8, 4) }, 8), "MODEL_SHAPE"],
    ["offsets past the end", file({ a: tensor([2], 0, 8) }, 4), "MODEL_TRUNCATED"],
    ["an overlap", file({ a: tensor([2], 0, 8), b: tensor([1], 4, 8) }, 8), "MODEL_OFFSETS"],
    ["a gap", file({ a: tensor([1], 0, 4), b: tensor([1], 8, 12) }, 12), "MODEL_OFFSETS"],
    ["bytes left over", file({ a: tensor([1], 0, 4) }, 5), "MODEL_OFFSETS"],
    ["metadata that is no object", file({ __metadata__: [] }), "MODEL_METADATA"],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }), "MODEL_METADATA"],
    ["a byte order mark", file("\uFEFF{}"), "MODEL_HEADER"],
  ])("with %s is refused", (_what, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it("cut short at any byte is refused", () => {
    for (let length = 0; length < good.length; length++) {
      expect(codeOf(good.subarray(0, length)), `${length} bytes`).toMatch(/^MODEL_/);
    }
  });

  it("with bits flipped is refused or still well formed", () => {
    const flips = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = good.slice();
        for (const [at, mask] of changes) bytes[at] = (bytes[at] as number) ^ mask;
        if (codeOf(bytes) !== "fine") return;
        for (const { shape, data } of decodeSafetensors(bytes, "file").weights.values()) {
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
