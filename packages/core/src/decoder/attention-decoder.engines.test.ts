import { startEngine } from "@timestep/engine";
import { expectClose, offerSoftwareGpu } from "@timestep/testing";
import { grads, mul, sum, type Tensor, type Tensor3D } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { drawn } from "../recurrent/cells.fixture.js";
import { caseOf, decoderOf, everythingOf, type Form, forms, lengths } from "./decoders.fixture.js";

/** Everything that a run gives by plain operations, and the gradients in what goes in and in every parameter. */
async function numbersOf(form: Form): Promise<Float32Array[]> {
  const decoder = decoderOf({ ...form, path: "reference" });
  const { embedded, memory, initialState } = caseOf(decoder);
  const run = (x: Tensor, values: Tensor | undefined): Tensor =>
    everythingOf(
      decoder.run(x as Tensor3D, memory && { ...memory, values: values as Tensor3D }, {
        lengths,
        initialState,
      }),
    );
  const value = run(embedded, memory?.values);
  const probe = drawn(31, value.shape);
  const inputs = [embedded, ...(memory === undefined ? [] : [memory.values])];
  const all = [...inputs, ...decoder.parameters().map(({ variable }) => variable)];
  const loss = (...[x, values]: Tensor[]): Tensor =>
    sum(mul(run(x as Tensor, memory === undefined ? undefined : values), probe));
  const results = [value, ...grads(loss)(all)];
  return Promise.all(results.map(async (tensor) => (await tensor.data()).slice() as Float32Array));
}

const given = Object.entries(forms).map(([name, form], place): [string, Form, number] => [name, form, place]);
/** On a software device each operation is slow the first time, so a few forms stand for all. */
const few = given.filter(([name]) => name === "after, dot, fed" || name === "before, location and coverage");

offerSoftwareGpu();
await startEngine({ engine: "cpu" });
const expected = await Promise.all(given.map(([, form]) => numbersOf(form)));

describe.each([
  { engine: "wasm", checked: given },
  { engine: "native", checked: given },
  { engine: "webgpu", checked: few },
])("AttentionDecoder on $engine", async ({ engine, checked }) => {
  const missing = await startEngine({ engine }).then(
    () => undefined,
    (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
  );
  if (missing !== undefined) console.warn(`decoders on ${engine} are not tested: ${missing}`);

  it.skipIf(missing !== undefined).each(checked)(
    "gives what it gives on cpu, in value and gradient, %s",
    { timeout: 120_000 },
    async (_, form, place) => {
      await startEngine({ engine });
      const found = await numbersOf(form);
      expect(found).toHaveLength(expected[place]?.length ?? 0);
      found.forEach((numbers, index) => {
        expectClose(numbers, expected[place]?.[index] as Float32Array, 2e-4);
      });
    },
  );
});
