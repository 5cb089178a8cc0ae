import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { grads, mul, sum, type Tensor, type Tensor2D, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import type { AttentionDecoder } from "./attention-decoder.js";
import type { DecoderPath } from "./decoder-options.js";
import { selectState } from "./decoder-state.js";
import {
  caseOf,
  decoderOf,
  everythingOf,
  type Form,
  forms,
  inputSize,
  lengths,
  tensorsOf,
  withTensors,
} from "./decoders.fixture.js";
import { hasKernelForm } from "./kernel.js";

/** The engine with kernels of its own, or the reason why it is not here: its tests are then skipped. */
const missing = await startEngine({ engine: "native" }).then(
  () => undefined,
  (failure: unknown) => String(failure),
);
if (missing !== undefined) console.warn(`tests of the decoder's kernel are skipped: ${missing}`);

const looks = [
  { attend: "after" },
  { attend: "after", inputFeeding: true },
  { attend: "before" },
  { attend: "before", gate: true },
] as const;
const kernelForms = (["lstm", "gru"] as const).flatMap((cell) =>
  [{ score: "additive", attentionSize: 3 }, { score: "dot" }, { score: "general", memorySize: 3 }].flatMap(
    (score) =>
      looks.map((look): [string, Form] => {
        const form = { cell, ...score, ...look } as Form;
        return [`${cell}, ${JSON.stringify({ ...score, ...look })}`, form];
      }),
  ),
);

/** Everything that a run gives, and the gradients of a probe of it in all that goes in. */
function valuesAndGradients(form: Form, path: DecoderPath): Tensor[] {
  const decoder = decoderOf({ ...form, path });
  const { embedded, memory, initialState } = caseOf(decoder);
  const states = tensorsOf(initialState);
  const rowLengths = [3, 0, 2];
  const run = ([input, values, ...given]: Tensor[]): Tensor =>
    everythingOf(
      decoder.run(
        input as Tensor3D,
        { values: values as Tensor3D, lengths: memory?.lengths ?? [] },
        { lengths: rowLengths, initialState: withTensors(initialState, given.slice(0, states.length)) },
      ),
    );
  const inputs = [embedded, memory?.values as Tensor, ...states];
  const all = [...inputs, ...decoder.parameters().map(({ variable }) => variable)];
  const value = run(inputs);
  const probe = drawn(31, value.shape);
  return [value, ...grads((...xs: Tensor[]) => sum(mul(run(xs), probe)))(all)];
}

describe("hasKernelForm", () => {
  it("knows what the kernel takes", () => {
    const taken = Object.entries(forms).filter(([, form]) => hasKernelForm(decoderOf(form)));
    expect(taken.map(([name]) => name)).toEqual([
      "after, additive",
      "after, additive, fed",
      "after, dot",
      "after, dot, fed",
      "before, additive",
      "before, additive, gated",
    ]);
  });

  it("is needed for the path", () => {
    const refused = expect.objectContaining({ code: "DECODER_PATH" }) as Error;
    expect(() => decoderOf({ cell: "elman", score: "dot", path: "kernel" })).toThrow(refused);
  });
});

describe.skipIf(missing !== undefined)("the decoder's kernel", () => {
  beforeAll(() => startEngine({ engine: "native" }));

  it.each(kernelForms)("agrees with the reference in value and gradient, %s", (_, form) => {
    tidy(() => {
      const reference = valuesAndGradients(form, "reference");
      const found = valuesAndGradients(form, "kernel");
      expect(found).toHaveLength(reference.length);
      found.forEach((tensor, index) => {
        expectClose(tensor, reference[index] as Tensor, 2e-4);
      });
    });
  });

  it.each(kernelForms)("steps as the reference does where rows share a memory, %s", (_, form) => {
    const step = (path: DecoderPath): Tensor[] => {
      const decoder: AttentionDecoder = decoderOf({ ...form, path });
      const { memory, initialState } = caseOf(decoder);
      if (memory === undefined) return [];
      const state = selectState(initialState, Int32Array.of(0, 1, 2, 0, 1));
      const input = drawn<Tensor2D>(12, [5, inputSize]);
      const memoryOf = Int32Array.of(2, 0, 0, 2, 1);
      const {
        output,
        alignment,
        state: next,
      } = decoder.step(input, state, decoder.prepare(memory), { memoryOf });
      return [output, alignment as Tensor2D, ...tensorsOf(next)];
    };
    tidy(() => {
      const expected = step("reference");
      step("kernel").forEach((tensor, index) => {
        expectClose(tensor, expected[index] as Tensor, 1e-5);
      });
    });
  });

  it("is taken by default", () => {
    tidy(() => {
      const form: Form = { cell: "lstm", score: "additive", inputFeeding: true };
      const [byDefault, byKernel] = (["auto", "kernel"] as const).map((path) => {
        const decoder = decoderOf({ ...form, path });
        const { embedded, memory } = caseOf(decoder);
        return everythingOf(decoder.run(embedded, memory, { lengths })).dataSync();
      });
      expect(byDefault).toEqual(byKernel);
    });
  });

  it("leaves nothing behind", async () => {
    const decoder = decoderOf({ cell: "gru", score: "dot", inputFeeding: true, path: "kernel" });
    const { embedded, memory } = caseOf(decoder);
    // Outputs, alignments, h and the last output.
    await expectNoLeaks(() => void decoder.run(embedded, memory, { lengths }), { keeps: 4 });
    await expectNoLeaks(() => {
      const run = (x: Tensor): Tensor => sum(decoder.run(x as Tensor3D, memory, { lengths }).outputs);
      tidy(() => grads(run)([embedded]))[0]?.dispose();
    });
  });
});

it("is refused where the engine has none", async () => {
  await startEngine({ engine: "cpu" });
  const decoder = decoderOf({ cell: "gru", score: "dot", path: "kernel" });
  const { embedded, memory } = caseOf(decoder);
  const refused = expect.objectContaining({ code: "DECODER_PATH" }) as Error;
  expect(() => decoder.run(embedded, memory)).toThrow(refused);
});
