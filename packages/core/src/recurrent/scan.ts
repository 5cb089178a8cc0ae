import {
  add,
  mul,
  reshape,
  stack,
  sub,
  tensor2d,
  type Tensor2D,
  type Tensor3D,
  unstack,
} from "@tensorflow/tfjs-core";
import type { Cell, CellState, SequenceRequest, SequenceResult } from "./cell.js";

/**
 * Runs any cell over time, one step after the other, with gradients by TF.js's tape: the reference that the faster
 * ways are checked against.
 *
 * A row that has ended keeps its state and gives zeros, so a padded batch equals its rows run one by one. In reverse
 * a row starts at its own last step.
 */
export function scan(cell: Cell, { input, lengths, initialState, reverse }: SequenceRequest): SequenceResult {
  const steps = stepsOfSequence(input); // T times [B, I]
  const outputs: Tensor2D[] = [];
  let state = initialState;
  for (let i = 0; i < steps.length; i++) {
    const t = reverse ? steps.length - 1 - i : i;
    const next = cell.step(steps[t] as Tensor2D, state);
    const alive = aliveAt(t, lengths); // [B, 1], or undefined when no row has ended
    state = alive === undefined ? next.state : keepEnded(next.state, state, alive);
    outputs[t] = alive === undefined ? next.output : mul(next.output, alive);
  }
  return { output: stack(outputs, 1) as Tensor3D, state };
}

/** [B, T, I] -> T times [B, I]. TF.js's gradient of `unstack` fails for a single piece. */
export function stepsOfSequence(input: Tensor3D): Tensor2D[] {
  const [batch, time, size] = input.shape;
  return time === 1 ? [reshape(input, [batch, size])] : (unstack(input, 1) as Tensor2D[]);
}

/** 1 for rows that step `t` belongs to, 0 for rows that have ended, as [B, 1]; undefined when all are alive. */
export function aliveAt(t: number, lengths: readonly number[]): Tensor2D | undefined {
  if (lengths.every((length) => t < length)) return undefined;
  return tensor2d(
    lengths.map((length) => (t < length ? 1 : 0)),
    [lengths.length, 1],
  );
}

/** The next state for rows that are alive, the old one for rows that have ended. */
export function keepEnded(next: CellState, old: CellState, alive: Tensor2D): CellState {
  const ended = sub(1, alive);
  return Object.fromEntries(
    Object.entries(next).map(([name, value]) => [
      name,
      add(mul(value, alive), mul(old[name] as Tensor2D, ended)) as Tensor2D,
    ]),
  );
}
