import { startEngine } from "@timestep/engine";
import { expectClose } from "@timestep/testing";
import {
  slice,
  type Tensor,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  gather,
  reshape,
} from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import type { DecodeResult } from "./decoder-options.js";
import { mapState, selectState } from "./decoder-state.js";
import {
  caseOf,
  decoderOf,
  type Form,
  forms,
  inputSize,
  lengths,
  memoryLengths,
  tensorsOf,
} from "./decoders.fixture.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

/** A clock has no gradient, so the decoder with one is no form for the gradient checks. */
const clockwork: Form = { cell: "clockwork", score: "dot", inputFeeding: true };
const cases = [...Object.entries(forms), ["clockwork, fed", clockwork] as const];

function expectSameState(actual: DecodeResult["state"], expected: DecodeResult["state"]): void {
  const [a, b] = [tensorsOf(actual), tensorsOf(expected)];
  expect(a).toHaveLength(b.length);
  a.forEach((tensor, index) => {
    expectClose(tensor, b[index] as Tensor, 1e-5);
  });
}

describe.each(cases)("AttentionDecoder, %s", (_, form) => {
  it("runs a padded batch as its rows one by one, and gives zeros beyond them", () => {
    const decoder = decoderOf(form);
    const { embedded, memory, initialState } = caseOf(decoder);
    const batch = decoder.run(embedded, memory, { lengths, initialState });
    for (const [row, length] of lengths.entries()) {
      const places = memoryLengths[row] as number;
      const alone = decoder.run(
        slice(embedded, [row, 0, 0], [1, length, -1]),
        memory && { values: slice(memory.values, [row, 0, 0], [1, places, -1]), lengths: [places] },
        {
          initialState: {
            ...selectState(initialState, Int32Array.of(row)),
            history: mapState({ layers: [], history: initialState.history }, (x) =>
              slice(x, [row, 0], [1, places]),
            ).history,
          },
        },
      );
      expectClose(slice(batch.outputs, [row, 0, 0], [1, length, -1]), alone.outputs, 1e-5);
      const beyond = slice(batch.outputs, [row, length, 0], [1, -1, -1]).dataSync();
      expect(beyond.every((value) => value === 0)).toBe(true);
      if (batch.alignments !== undefined && alone.alignments !== undefined) {
        expectClose(slice(batch.alignments, [row, 0, 0], [1, length, places]), alone.alignments, 1e-5);
        const elsewhere = [
          slice(batch.alignments, [row, length, 0], [1, -1, -1]),
          slice(batch.alignments, [row, 0, places], [1, -1, -1]),
        ];
        for (const part of elsewhere) expect(part.dataSync().every((value) => value === 0)).toBe(true);
      }
      const { history, ...rest } = alone.state;
      expectSameState(
        { ...selectState(batch.state, Int32Array.of(row)), history: {} },
        { ...rest, history: {} },
      );
      const [seen, expected] = [batch.state.history, history];
      for (const name of ["previous", "total"] as const) {
        const part = seen[name];
        if (part === undefined) continue;
        expectClose(slice(part, [row, 0], [1, places]), expected[name] as Tensor2D, 1e-5);
      }
    }
  });

  it("gives step by step what it gives over the whole sequence", () => {
    const decoder = decoderOf(form);
    const { embedded, memory, initialState } = caseOf(decoder);
    const whole = decoder.run(embedded, memory, { initialState });
    const prepared = memory && decoder.prepare(memory);
    let state = initialState;
    for (let t = 0; t < embedded.shape[1]; t++) {
      const input = reshape(slice(embedded, [0, t, 0], [-1, 1, -1]), [-1, inputSize]) as Tensor2D;
      const step = decoder.step(input, state, prepared);
      expectClose(
        step.output,
        reshape(slice(whole.outputs, [0, t, 0], [-1, 1, -1]), step.output.shape),
        1e-5,
      );
      if (step.alignment !== undefined) {
        const expected = slice(whole.alignments as Tensor3D, [0, t, 0], [-1, 1, -1]);
        expectClose(step.alignment, reshape(expected, step.alignment.shape), 1e-5);
      }
      state = step.state;
    }
    expectSameState(state, whole.state);
  });

  it("lets several rows look at one row of the memory", () => {
    const decoder = decoderOf(form);
    const { memory, initialState } = caseOf(decoder);
    if (memory === undefined) return;
    const memoryOf = Int32Array.of(2, 0, 0, 2, 1);
    const rows = tensor1d(memoryOf, "int32");
    const state = selectState(initialState, Int32Array.of(0, 1, 2, 0, 1));
    const input = drawn<Tensor2D>(12, [5, inputSize]);
    const shared = decoder.step(input, state, decoder.prepare(memory), { memoryOf });
    const copied = decoder.step(
      input,
      state,
      decoder.prepare({
        values: gather(memory.values, rows),
        lengths: Array.from(memoryOf, (row) => memory.lengths[row] as number),
      }),
    );
    expectClose(shared.output, copied.output, 1e-6);
    expectClose(shared.alignment as Tensor2D, copied.alignment as Tensor2D, 1e-6);
    expectSameState(shared.state, copied.state);
  });
});
