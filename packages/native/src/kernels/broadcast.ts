import { broadcast_util } from "@tensorflow/tfjs-core";

/** The part of the addon for operands that are both stretched; `axes` is made by `broadcastAxes`. */
export interface BroadcastAddon {
  /** c = a ∘ b. */
  broadcast(op: number, axes: Int32Array, a: Float32Array, b: Float32Array, c: Float32Array): void;
  /** c = 1 where the comparison holds, 0 elsewhere. */
  compare(op: number, axes: Int32Array, a: Float32Array, b: Float32Array, c: Uint8Array): void;
}

/** A result's shape, and for each of its axes the size and whether each operand has it (1) or is stretched (0). */
export interface BroadcastShape {
  readonly shape: number[];
  readonly axes: Int32Array;
}

/**
 * How two shapes stretch to one. Neighbouring axes that both operands treat alike become one, so that most results are
 * a few long rows.
 *
 * @throws {Error} TF.js's own when the shapes do not go together.
 */
export function broadcastAxes(a: readonly number[], b: readonly number[]): BroadcastShape {
  const shape = broadcast_util.assertAndGetBroadcastShape([...a], [...b]);
  const sizeIn = (own: readonly number[], axis: number): number => own[axis - shape.length + own.length] ?? 1;
  const axes: [number, number, number][] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const has = [Number(sizeIn(a, axis) === size), Number(sizeIn(b, axis) === size)] as const;
    const last = axes.at(-1);
    if (last?.[1] === has[0] && last[2] === has[1]) last[0] *= size;
    else axes.push([size, ...has]);
  });
  return { shape, axes: Int32Array.from(axes.flat()) };
}
