import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DataFile, memoryFile } from "../io/source.js";
import { readWordVectors } from "./word-vectors.js";

const file = (text: string): DataFile => memoryFile("vectors.txt", text);

describe("readWordVectors", () => {
  it("reads words and rows, skipping a header, blank lines and repeated words", async () => {
    const { words, dimension, values } = await readWordVectors(
      file("\uFEFF3 2\r\nthe 1 -2.5\r\n\r\nof 3e-2 .5\r\nthe 9 9"),
    );
    expect(words).toEqual(["the", "of"]);
    expect(dimension).toBe(2);
    expect([...values]).toEqual([1, -2.5, Math.fround(0.03), 0.5]);
  });

  it("keeps only the words asked for", async () => {
    const { words, values } = await readWordVectors(file("a 1 2\nb 3 4\nc 5 6\n"), {
      keep: (word) => word !== "a",
    });
    expect(words).toEqual(["b", "c"]);
    expect([...values]).toEqual([3, 4, 5, 6]);
  });

  it("reads numbers to the bit, like the platform does", async () => {
    const numbers = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc
        .tuple(fc.integer({ min: -99, max: 99 }), fc.nat(999_999_999))
        .map(([whole, part]) => `${whole}.${part}`),
      fc.constantFrom("-0.0382", "+1.5", "5.", "-.25", "0.1234567890123456789", "1E5"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(numbers, { minLength: 1, maxLength: 8 }), async (row) => {
        const { values } = await readWordVectors(file(`w ${row.join(" ")}\n`));
        expect([...values]).toEqual(row.map((number) => Math.fround(Number(number))));
      }),
    );
  });

  it("does not mind where the unpacked stream is cut", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `wörd${i} ${i}.25 -${i}.5`);
    const { words, values } = await readWordVectors(memoryFile("v.gz", gzipSync(lines.join("\n"))));
    expect(words).toEqual(lines.map((line) => line.split(" ")[0]));
    expect([...values]).toEqual(lines.flatMap((line) => line.split(" ").slice(1).map(Number)));
  });

  it.each([
    ["a 1 2\nb 1\n", "VECTORS_DIMENSION", 'line 2: the vector of "b" has 1 numbers, expected 2'],
    ["a 1 2\nb 1 2 3\n", "VECTORS_DIMENSION", "has 3 numbers"],
    ["a\n", "VECTORS_DIMENSION", "line 1"],
    ["a 1 x\n", "VECTORS_NUMBER", 'line 1: "x"'],
    ["a 1 NaN\n", "VECTORS_NUMBER", "NaN"],
    ["a 0x10 1\n", "VECTORS_NUMBER", "0x10"],
    ["a 1e999 1\n", "VECTORS_NUMBER", "1e999"],
    ["", "DATA_EMPTY", "vectors.txt"],
    ["3 2\n", "DATA_EMPTY", "vectors.txt"],
  ])("%j is an error", async (text, code, part) => {
    await expect(readWordVectors(file(text))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part) as string,
    });
  });

  it("holds the file to the dimension asked for", async () => {
    await expect(readWordVectors(file("a 1 2\n"), { dimension: 3 })).rejects.toThrow("VECTORS_DIMENSION");
    await expect(readWordVectors(file("a 1 2\n"), { dimension: 0 })).rejects.toThrow("VECTORS_OPTION");
  });

  const corpora = process.env["TIMESTEP_DATA"];
  it.skipIf(corpora === undefined)(
    "reads GloVe (set TIMESTEP_DATA to the folder that holds glove-subset)",
    async () => {
      const path = `${corpora as string}/glove-subset/glove.100d.subset.txt.gz`;
      const { words, dimension, values } = await readWordVectors({
        name: "glove",
        bytes: () => readFile(path),
      });
      expect([words.length, dimension, words[0]]).toEqual([50_989, 100, "the"]);
      const row = (word: string): Float32Array =>
        values.subarray(words.indexOf(word) * 100, words.indexOf(word) * 100 + 100);
      const dot = (a: Float32Array, b: Float32Array): number =>
        a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
      const [king, queen] = [row("king"), row("queen")];
      expect(dot(king, queen) / Math.sqrt(dot(king, king) * dot(queen, queen))).toBeCloseTo(0.7508, 3);
    },
  );
});
