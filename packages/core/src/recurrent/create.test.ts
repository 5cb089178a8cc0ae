import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { beforeAll, describe, expect, it } from "vitest";
import { drawn } from "./cells.fixture.js";
import { type CellKind, cellKinds, createCell, createEncoder } from "./create.js";
import { GruCell } from "./gru-cell.js";
import { LstmCell } from "./lstm-cell.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const sizes = (): { inputSize: number; hiddenSize: number; random: ReturnType<typeof seeded> } => ({
  inputSize: 3,
  hiddenSize: 8,
  random: seeded(1),
});

describe("createCell", () => {
  it("refuses names that it does not know and lists those that it does", () => {
    const make = (): unknown => createCell("ltsm" as CellKind, sizes());
    expect(make).toThrow(expect.objectContaining({ code: "CELL_UNKNOWN" }));
    expect(make).toThrow(/"ltsm"[^]*lstm-peephole/);
  });

  it("does not take the names of inherited properties", () => {
    expect(() => createCell("toString" as CellKind, sizes())).toThrow(
      expect.objectContaining({ code: "CELL_UNKNOWN" }),
    );
  });

  it("turns each name into the option that it says", () => {
    const options = cellKinds.map((kind) => {
      const cell = createCell(kind, sizes());
      if (cell instanceof LstmCell) return [kind, cell.plainOutput, cell.peepholes !== undefined];
      return [kind, cell instanceof GruCell ? cell.reset : ("activation" in cell && cell.activation) || null];
    });
    expect(options).toEqual([
      ["elman", "tanh"],
      ["elman-relu", "relu"],
      ["jordan", "sigmoid"],
      ["lstm", false, false],
      ["lstm-peephole", false, true],
      ["lstm-plain", true, false],
      ["gru", "after"],
      ["gru-before", "before"],
      ["gru-simple", "none"],
      ["clockwork", null],
      ["scrn", null],
    ]);
  });
});

describe("createEncoder", () => {
  it.each(cellKinds)("stacks %s in both directions over padded rows", (cell) => {
    const encoder = createEncoder({ ...sizes(), cell, layers: 2, dropout: 0.3, residual: true });
    const { output } = encoder.run(drawn(1, [2, 4, 3]), { lengths: [4, 2], random: seeded(2) });
    expect(output.shape).toEqual([2, 4, encoder.outputSize]);
    expect(output.dataSync().every(Number.isFinite)).toBe(true);
    encoder.dispose();
  });

  it("is one layer in both directions by default", () => {
    const encoder = createEncoder({ ...sizes(), cell: "gru" });
    expect(encoder.outputSize).toBe(16);
    expect(encoder.parameters().map(({ path }) => path)).toContain("layer0.backward.cell.candidateBias");
    expect(createEncoder({ ...sizes(), cell: "gru", bidirectional: false }).outputSize).toBe(8);
  });

  it("gives the same weights for the same seed, other weights in each direction", async () => {
    const weights = await createEncoder({ ...sizes(), cell: "lstm" }).weights();
    expect(await createEncoder({ ...sizes(), cell: "lstm" }).weights()).toEqual(weights);
    expect(weights.get("layer0.forward.cell.inputKernel")).not.toEqual(
      weights.get("layer0.backward.cell.inputKernel"),
    );
  });
});
