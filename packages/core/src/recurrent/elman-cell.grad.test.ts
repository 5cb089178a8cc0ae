import { startEngine } from "@timestep/engine";
import { expectGradients } from "@timestep/testing";
import { beforeAll, describe, it } from "vitest";
import { everyCell, sequenceCheck } from "./cells.fixture.js";
import type { Cell } from "./cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const cells = Object.entries(everyCell).filter(([name]) => name.startsWith("Elman"));

describe.each(cells)("%s", (_, make: () => Cell) => {
  it.each([{ reverse: false }, { reverse: true }])(
    "matches numeric gradients of input, state and every parameter over rows of three lengths, reverse $reverse",
    async (direction) => {
      const { f, inputs } = sequenceCheck(make(), direction);
      await expectGradients(f, inputs, { sample: 48 }).within(1e-3);
    },
  );
});
