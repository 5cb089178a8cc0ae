import { ConfigError, seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { randomNormal, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { CharacterCnn, CharacterLstm, type Spellings } from "./character-encoder.js";

/** Rows padded with zeros. */
function padBatch(rows: readonly number[][], { minLength = 1 }: { minLength?: number } = {}): Spellings {
  const time = rows.reduce((most, row) => Math.max(most, row.length), minLength);
  const ids = new Int32Array(rows.length * time);
  rows.forEach((row, index) => {
    ids.set(row, index * time);
  });
  return { ids, lengths: Int32Array.from(rows, (row) => row.length), batch: rows.length, time };
}

const sizes = { vocabularySize: 7, size: 3, outputSize: 4 };
const kinds = [
  ["lstm", CharacterLstm],
  ["cnn", CharacterCnn],
] as const;
const words = [[2], [3, 4, 5, 6, 2], [4, 4], [6, 5, 4]];

beforeAll(() => startEngine({ engine: "wasm" }));

describe.each(kinds)("characters by %s", (_, Encoder) => {
  const read = (rows: number[][], minLength = 1) => {
    const encoder = new Encoder({ ...sizes, random: seeded(2) });
    const batch = padBatch(rows, { minLength });
    const output = tidy(() => encoder.encode(batch));
    const result = { shape: output.shape, data: output.dataSync() };
    output.dispose();
    encoder.dispose();
    return result;
  };

  it("gives one vector a word, different for different words", () => {
    const { shape, data } = read(words);
    expect(shape).toEqual([4, 4]);
    const rows = words.map((_word, row) => Array.from(data.slice(row * 4, row * 4 + 4)).join());
    expect(new Set(rows).size).toBe(4);
  });

  it("gives a word in a batch what it gives it alone", () => {
    const together = read(words);
    words.forEach((word, row) => {
      expectClose(together.data.slice(row * 4, row * 4 + 4), read([word]).data, 1e-5);
    });
  });

  it("reads nothing of the padding of L", () => {
    expectClose(read(words, 17), read(words), 1e-5);
  });

  it("reads the order of characters", () => {
    const [one, other] = [read([[2, 3, 4]]), read([[4, 3, 2]])];
    expect(one.data).not.toEqual(other.data);
  });

  it("matches numeric gradients", async () => {
    const encoder = new Encoder({ ...sizes, random: seeded(2) });
    const variables = encoder.parameters().map(({ variable }) => variable);
    // New embeddings are so small that differences step over the corners of relu and max.
    tidy(() => {
      for (const variable of variables) variable.assign(randomNormal(variable.shape, 0, 1, "float32", 3));
    });
    const batch = padBatch(words);
    await expectGradients(() => encoder.encode(batch), variables).within(5e-3);
    encoder.dispose();
  });

  it("leaves no tensors behind", async () => {
    await expectNoLeaks(() => void read(words));
  });
});

it("a character LSTM needs an even outputSize, half for each direction", () => {
  const act = () => new CharacterLstm({ ...sizes, outputSize: 5, random: seeded(1) });
  expect(act).toThrow(expect.objectContaining({ code: "CHARACTERS_SIZE" }));
  expect(act).toThrow(ConfigError);
});
