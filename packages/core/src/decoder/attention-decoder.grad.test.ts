import { startEngine } from "@timestep/engine";
import { expectGradients } from "@timestep/testing";
import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import {
  caseOf,
  decoderOf,
  everythingOf,
  forms,
  lengths,
  tensorsOf,
  withTensors,
} from "./decoders.fixture.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

describe("AttentionDecoder", () => {
  it.each(Object.entries(forms))(
    "matches numeric gradients of input, memory, state and every parameter, %s",
    async (_, form) => {
      const decoder = decoderOf(form);
      const { embedded, memory, initialState } = caseOf(decoder);
      const states = tensorsOf(initialState);
      const f = (...[input, values, ...rest]: Tensor[]): Tensor => {
        const given = memory === undefined ? [values as Tensor, ...rest] : rest;
        return everythingOf(
          decoder.run(input as Tensor3D, memory && { ...memory, values: values as Tensor3D }, {
            lengths,
            initialState: withTensors(initialState, given.slice(0, states.length)),
          }),
        );
      };
      const inputs = [
        embedded,
        ...(memory === undefined ? [] : [memory.values]),
        ...states,
        ...decoder.parameters().map(({ variable }) => variable),
      ];
      await expectGradients(f, inputs, { sample: 8 }).within(3e-3);
    },
  );
});
