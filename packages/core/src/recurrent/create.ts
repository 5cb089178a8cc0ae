import { ConfigError, type Random } from "@timestep/base";
import { Bidirectional, type BothStates } from "./bidirectional.js";
import type { Cell, CellState } from "./cell.js";
import { ClockworkCell } from "./clockwork-cell.js";
import { ElmanCell } from "./elman-cell.js";
import { GruCell } from "./gru-cell.js";
import { JordanCell } from "./jordan-cell.js";
import { LstmCell } from "./lstm-cell.js";
import { Recurrent, type RunPath, type SequenceLayer } from "./recurrent.js";
import { ScrnCell } from "./scrn-cell.js";
import { Stack } from "./stack.js";

interface Sizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly random: Random;
}

/** Cells by the name that settings use. */
const makers = {
  elman: (sizes: Sizes) => new ElmanCell(sizes),
  "elman-relu": (sizes: Sizes) => new ElmanCell({ ...sizes, activation: "relu" }),
  jordan: (sizes: Sizes) => new JordanCell({ ...sizes, outputSize: sizes.hiddenSize, output: "sigmoid" }),
  lstm: (sizes: Sizes) => new LstmCell(sizes),
  "lstm-peephole": (sizes: Sizes) => new LstmCell({ ...sizes, peepholes: true }),
  "lstm-plain": (sizes: Sizes) => new LstmCell({ ...sizes, plainOutput: true }),
  gru: (sizes: Sizes) => new GruCell(sizes),
  "gru-before": (sizes: Sizes) => new GruCell({ ...sizes, reset: "before" }),
  "gru-simple": (sizes: Sizes) => new GruCell({ ...sizes, reset: "none" }),
  clockwork: (sizes: Sizes) => new ClockworkCell(sizes),
  scrn: (sizes: Sizes) => new ScrnCell(sizes),
} satisfies Record<string, (sizes: Sizes) => Cell>;

/** Names of the cells that settings can ask for. */
export type CellKind = keyof typeof makers;

/** All {@link CellKind}s. */
export const cellKinds = Object.keys(makers) as [CellKind, ...CellKind[]];

/**
 * A cell by name.
 *
 * @throws {ConfigError} CELL_UNKNOWN when no cell has the name.
 */
export function createCell(kind: CellKind, sizes: Sizes): Cell {
  if (!Object.hasOwn(makers, kind)) {
    throw new ConfigError("CELL_UNKNOWN", `no cell is called "${kind}".`, {
      hint: `Use one of ${cellKinds.join(", ")}.`,
    });
  }
  return makers[kind](sizes);
}

export interface EncoderOptions extends Sizes {
  readonly cell: CellKind;
  /** Default 1. */
  readonly layers?: number;
  /** Default true. */
  readonly bidirectional?: boolean;
  /** Variational dropout between layers. Default 0. */
  readonly dropout?: number;
  /** Default false. */
  readonly residual?: boolean;
  /** Default "auto". */
  readonly path?: RunPath;
}

/** State of one layer of an encoder. */
export type LayerState = CellState | BothStates<CellState>;

/** The usual encoder: layers of one kind of cell, each in one direction or both. */
export function createEncoder(options: EncoderOptions): Stack<LayerState> {
  const { cell, inputSize, hiddenSize, random, layers = 1, bidirectional = true } = options;
  const stack: SequenceLayer<LayerState>[] = [];
  let size = inputSize;
  for (let layer = 0; layer < layers; layer++) {
    const one = (reverse: boolean): Recurrent =>
      new Recurrent(createCell(cell, { inputSize: size, hiddenSize, random }), {
        reverse,
        path: options.path ?? "auto",
      });
    // A stack is of one kind, so the states that it hands down are those that its layers gave.
    const made = (
      bidirectional ? new Bidirectional(one(false), one(true)) : one(false)
    ) as SequenceLayer<LayerState>;
    stack.push(made);
    size = made.outputSize;
  }
  return new Stack(stack, { dropout: options.dropout ?? 0, residual: options.residual ?? false });
}
