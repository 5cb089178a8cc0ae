import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { beforeAll, describe, expect, it } from "vitest";
import { addon, drawn, expectAsOnCpu } from "../backend/backend-cases.fixture.js";
import { registerNative } from "../backend/backend.js";
import type { NativeBackend } from "../backend/native-backend.js";
import {
  type DecoderCase,
  drawInputs,
  inputShapes,
  probed,
  referenceDecoder,
} from "./attention-decoder.fixture.js";

const small: DecoderCase = {
  ...{ cell: "lstm", attend: "after", score: "additive", feeding: true, gated: false },
  ...{ T: 4, S: 5, E: 3, H: 6, M: 7, A: 5, O: 4 },
  ...{ lengths: [4, 0, 2, 3], memoryLengths: [5, 3, 1, 0], memoryOf: [0, 1, 2, 3] },
};

const forms: [string, Partial<DecoderCase>][] = [
  ["after, additive, feeding", {}],
  ["after, additive", { feeding: false }],
  ["after, dot, feeding", { score: "dot", A: 6 }],
  ["after, dot", { score: "dot", A: 6, feeding: false }],
  ["before, additive", { attend: "before", feeding: false }],
  ["before, additive, gated", { attend: "before", feeding: false, gated: true }],
  ["before, dot", { attend: "before", feeding: false, score: "dot", A: 6 }],
  ["before, dot, gated", { attend: "before", feeding: false, score: "dot", A: 6, gated: true }],
];
const cells = ["lstm", "gru"] as const;
const cases = forms.flatMap(([name, form]) =>
  cells.map((cell): [string, DecoderCase] => [`${cell}, ${name}`, { ...small, ...form, cell }]),
);

/** Runs a kernel; `memoryOf` is left out where it says nothing. */
function runKernel(name: string, c: DecoderCase, tensors: readonly Tensor[], training: boolean): Tensor[] {
  const { cell, attend, score, feeding, gated, lengths, memoryLengths, memoryOf } = c;
  const own = memoryOf.length === memoryLengths.length && memoryOf.every((memory, row) => memory === row);
  const attributes = { cell, attend, score, feeding, gated, lengths, memoryLengths, training };
  return tf
    .engine()
    .runKernel(
      name,
      [...tensors] as never,
      { ...attributes, ...(own ? {} : { memoryOf }) } as never,
    ) as unknown as Tensor[];
}

/** The results of the decoder and the gradients of its inputs: by the kernels, or by plain operations. */
function everything(c: DecoderCase, kernel: boolean): Tensor[] {
  const inputs = drawInputs(c);
  const results = kernel
    ? runKernel("TimestepAttentionDecoder", c, inputs, true)
    : referenceDecoder(c, inputs);
  const open = kernel ? results.slice(0, -1) : results;
  const probes = open.map(({ shape }, index) => drawn(50 + index, shape));
  const gradients = kernel
    ? runKernel("TimestepAttentionDecoderGrad", c, [...results, ...probes, ...inputs], true)
    : tf.grads((...xs: Tensor[]) => probed(referenceDecoder(c, xs), probes))(inputs);
  return [...open, ...gradients];
}

const compare = (c: DecoderCase, tolerance?: number): Promise<void> =>
  expectAsOnCpu(() => everything(c, tf.getBackend() === "native"), tolerance);

const bits = (tensors: readonly Tensor[]): string[] =>
  tensors.map((tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString("base64"));

describe.skipIf(addon === undefined)("the attention decoder", () => {
  beforeAll(() => {
    tf.enableProdMode();
    registerNative({ threads: 2 });
  });

  it.each(cases)("agrees with plain operations in value and gradient: %s", async (_, c) => {
    await compare(c);
  });

  it.each(cases)("agrees where rows share memories: %s", async (_, c) => {
    await compare({ ...c, memoryLengths: [4, 5, 2], memoryOf: [1, 0, 1, 1] });
  });

  it.each(cases)("agrees over a single step: %s", async (_, c) => {
    await compare({ ...c, T: 1, lengths: [1, 1, 0, 1] });
  });

  // The plain operations run on the same engine, on the same threads: the cpu backend would take long.
  it.each(cases)("agrees where threads share the rows and vectors have rests: %s", async (_, c) => {
    await tf.setBackend("native");
    const each = (make: (row: number) => number): number[] =>
      Array.from({ length: 37 }, (_, row) => make(row));
    const H = 67;
    const large: DecoderCase = {
      ...{ ...c, T: 5, S: 19, E: 33, H, M: 71, A: c.score === "dot" ? H : 35, O: 18 },
      lengths: each((row) => (row * 7) % 6),
      memoryLengths: each((row) => 1 + ((row * 5) % 19)),
      memoryOf: each((row) => row),
    };
    tf.tidy(() => {
      const plain = everything(large, false);
      everything(large, true).forEach((found, index) => {
        const expected = plain[index] as Tensor;
        const error = tf.max(tf.div(tf.abs(tf.sub(found, expected)), tf.maximum(1, tf.abs(expected))));
        expect(error.dataSync()[0], `result ${index}`).toBeLessThan(5e-5);
      });
    });
  });

  it.each(cases)("gives the same bits again, and at inference: %s", async (_, c) => {
    await tf.setBackend("native");
    tf.tidy(() => {
      const inputs = drawInputs(c);
      const run = (training: boolean): Tensor[] => runKernel("TimestepAttentionDecoder", c, inputs, training);
      expect(bits(run(false))).toEqual(bits(run(true).slice(0, -1)));
      expect(bits(everything(c, true))).toEqual(bits(everything(c, true)));
    });
  });

  it.each(cases)("gives the same bits with kernels that are held: %s", async (_, c) => {
    await tf.setBackend("native");
    const operands = (tf.backend() as NativeBackend).operands;
    tf.tidy(() => {
      const inputs = drawInputs(c);
      const run = (): string[] => bits(runKernel("TimestepAttentionDecoder", c, inputs, false));
      const plain = run();
      tf.engine().runKernel("TimestepHold", [...inputs] as never);
      expect(run()).toEqual(plain);
      const { bytes } = operands;
      expect(bytes).toBeGreaterThan(0);
      expect(run()).toEqual(plain);
      expect(operands.bytes).toBe(bytes);
    });
    expect(operands.bytes).toBe(0);
  });

  it("gives a row the same bits whatever other rows there are", async () => {
    await tf.setBackend("native");
    const c: DecoderCase = { ...small, lengths: [4, 2, 4], memoryLengths: [5, 3, 4], memoryOf: [0, 1, 2] };
    tf.tidy(() => {
      const inputs = drawInputs(c);
      const perRow = new Set(["embedded", "values", "keys", "h", "c", "feed"]);
      const names = Object.keys(inputShapes(c));
      const alone = inputs.map((input, index) =>
        perRow.has(names[index] as string) ? tf.slice(input, [1], [1]) : input,
      );
      const one = { ...c, lengths: [2], memoryLengths: [3], memoryOf: [0] };
      const together = runKernel("TimestepAttentionDecoder", c, inputs, false).map((x) =>
        tf.slice(x, [1], [1]),
      );
      expect(bits(runKernel("TimestepAttentionDecoder", one, alone, false))).toEqual(bits(together));
    });
  });

  it.each([
    ["another cell", { cell: "elman" }, /cell must be lstm or gru/],
    ["another place of attention", { attend: "between" }, /attend must be after or before/],
    ["another score", { score: "cosine" }, /score must be additive or dot/],
    ["feeding before the cell", { attend: "before" }, /feeding needs attention after/],
    ["a gate after the cell", { gated: true }, /a gate needs attention before/],
    ["a dot score of narrow keys", { score: "dot" }, /keys of a dot score must be as wide as the state, 6/],
    ["too few lengths", { lengths: [4, 0, 2] }, /lengths must have 4 elements, has 3/],
    ["a length past the end", { lengths: [4, 0, 2, 5] }, /lengths must be from 0 to 4, got 5/],
    ["a length below zero", { lengths: [4, 0, 2, -1] }, /lengths must be from 0 to 4, got -1/],
    [
      "a memory's length past its end",
      { memoryLengths: [5, 6, 1, 0] },
      /memoryLengths must be from 0 to 5, got 6/,
    ],
    ["a memory that is not there", { memoryOf: [0, 1, 2, 4] }, /memoryOf must be from 0 to 3, got 4/],
    ["a memory below zero", { memoryOf: [0, -1, 2, 3] }, /memoryOf must be from 0 to 3, got -1/],
    ["memories of too few rows", { memoryOf: [0, 1] }, /memoryOf must have 4 elements, has 2/],
    ["weights of another form", { feeding: false }, /inputKernel must have 72 elements, has 168/],
    ["weights of another cell", { cell: "gru" }, /inputKernel must have/],
  ])("refuses %s", async (_, change, message) => {
    await tf.setBackend("native");
    tf.tidy(() => {
      const inputs = drawInputs(small);
      const changed = { ...small, ...change } as DecoderCase;
      expect(() => runKernel("TimestepAttentionDecoder", small, inputs, false)).not.toThrow();
      expect(() => runKernel("TimestepAttentionDecoder", changed, inputs, false)).toThrow(message);
    });
  });

  it("refuses a missing tensor, one too many, and a backward pass without what it needs", async () => {
    await tf.setBackend("native");
    tf.tidy(() => {
      const inputs = drawInputs(small);
      const run = (tensors: Tensor[]): unknown => runKernel("TimestepAttentionDecoder", small, tensors, true);
      expect(() => run(inputs.slice(0, -1))).toThrow(/inputs end before feed/);
      expect(() => run([...inputs, tf.zeros([4, 4])])).toThrow(/inputs must be 14, not 15/);
      const results = runKernel("TimestepAttentionDecoder", small, inputs, true);
      const spoiled = [...results.slice(0, -1), tf.zeros([3]), ...results.slice(0, -1), ...inputs];
      expect(() => runKernel("TimestepAttentionDecoderGrad", small, spoiled, true)).toThrow(
        /saved must have \d+ elements, has 3/,
      );
    });
  });

  it("refuses results that share memory", () => {
    const sizes = { rows: 1, time: 1, memories: 1, places: 1, embeddingSize: 1, hiddenSize: 1, valueSize: 1 };
    const call = {
      ...{ cell: "gru", attend: "after", score: "dot", feeding: false, gated: false, ...sizes },
      ...{ keySize: 1, outputSize: 1, lengths: Int32Array.of(1), memoryLengths: Int32Array.of(1) },
      memoryOf: Int32Array.of(0),
      inputs: [1, 1, 1, 3, 3, 3, 1, 1, 1, 1, 1].map((size) => new Float32Array(size)),
      results: [1, 1, 1].map((size) => new Float32Array(size)),
      saved: undefined,
      packed: Array<undefined>(4).fill(undefined),
    };
    const [outputs, alignments] = call.results as [Float32Array, Float32Array];
    const forward = (change: object): void => {
      addon?.attentionDecoderForward({ ...call, ...change });
    };
    expect(() => forward({})).not.toThrow();
    expect(() => forward({ results: [outputs, alignments, alignments] })).toThrow(
      /shares memory with alignments/,
    );
    expect(() => forward({ results: [outputs, alignments, call.inputs[10]] })).toThrow(
      /shares memory with h/,
    );
    expect(() => forward({ results: outputs })).toThrow(/results must be a list/);
    expect(() => forward({ packed: undefined })).toThrow(/packed must be a list/);
    expect(() => forward({ packed: [undefined] })).toThrow(/packed ends before packed recurrentKernel/);
    expect(() => forward({ packed: Array(5).fill(undefined) })).toThrow(/packed must be 4/);
    expect(() => forward({ packed: [undefined, outputs, undefined, undefined] })).toThrow(
      /packed recurrentKernel must have \d+ elements, has 1/,
    );
    expect(() => forward({ rows: 0 })).toThrow(/rows must be a whole number from 1/);
    expect(() => forward({ hiddenSize: 2 ** 24 })).toThrow(/too large|must be as wide/);
  });
});
