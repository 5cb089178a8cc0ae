import { concat, gather, tensor1d, type Tensor2D, zeros } from "@tensorflow/tfjs-core";
import type { TreePlan } from "./plan.js";

/**
 * Rows drawn from several tensors into one.
 *
 * Nodes of a level have children on many lower ones. Taking from each level only what is needed keeps a pass over a
 * tree linear in its nodes: one tensor of all states so far would be copied at every level.
 */
export interface Assembly {
  readonly parts: readonly { readonly level: number; readonly rows: Int32Array }[];
  /** The place of each row among the parts laid under one another; the place after the last stands for zeros. */
  readonly order: Int32Array;
  /** Whether some rows are zeros. */
  readonly gaps: boolean;
}

/** How states go up a batch of trees and gradients come down. Level 0 is that of the leaves. */
export interface Wiring {
  /** For each level the children of its nodes, drawn from the states of lower levels. */
  readonly children: readonly Assembly[];
  /** For each level its nodes, drawn from the children of higher levels; zeros for roots. */
  readonly parents: readonly Assembly[];
}

export function wire({ nodes, leaves, levels }: TreePlan): Wiring {
  const starts = [0, ...levels.map(({ start }) => start)];
  const counts = [leaves.length, ...levels.map(({ count }) => count)];
  const levelOf = new Int32Array(nodes);
  starts.forEach((start, level) => levelOf.fill(level, start, start + (counts[level] as number)));
  const parentLevel = new Int32Array(nodes).fill(-1);
  const place = new Int32Array(nodes);
  levels.forEach(({ children }, index) => {
    children.forEach((child, at) => {
      parentLevel[child] = index + 1;
      place[child] = at;
    });
  });
  const below = levels.map(({ children }) =>
    assembly(
      children.length,
      (at) => levelOf[children[at] as number] as number,
      (at) => {
        const child = children[at] as number;
        return child - (starts[levelOf[child] as number] as number);
      },
    ),
  );
  const above = starts.map((start, level) =>
    assembly(
      counts[level] as number,
      (at) => parentLevel[start + at] as number,
      (at) => place[start + at] as number,
    ),
  );
  return { children: [{ parts: [], order: new Int32Array(0), gaps: false }, ...below], parents: above };
}

/** `levelOf` gives -1 for a row of zeros. */
function assembly(count: number, levelOf: (at: number) => number, rowOf: (at: number) => number): Assembly {
  const byLevel = new Map<number, number[]>();
  const rank = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const level = levelOf(at);
    if (level < 0) continue;
    const rows = byLevel.get(level) ?? [];
    byLevel.set(level, rows);
    rank[at] = rows.length;
    rows.push(rowOf(at));
  }
  const begin = new Map<number, number>();
  let total = 0;
  for (const [level, rows] of byLevel) {
    begin.set(level, total);
    total += rows.length;
  }
  const order = rank.map((own, at) => {
    const level = levelOf(at);
    return level < 0 ? total : (begin.get(level) as number) + own;
  });
  const parts = Array.from(byLevel, ([level, rows]) => ({ level, rows: Int32Array.from(rows) }));
  return { parts, order, gaps: order.includes(total) };
}

/** Draws an assembly from the tensors of each level; undefined when all of it would be zeros. */
export function assemble(
  { parts, order, gaps }: Assembly,
  levels: readonly Tensor2D[],
): Tensor2D | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const pieces = parts.map(({ level, rows }) => pick(levels[level] as Tensor2D, rows));
  if (gaps) pieces.push(zeros([1, (pieces[0] as Tensor2D).shape[1]]));
  return pick(pieces.length === 1 ? (pieces[0] as Tensor2D) : concat(pieces, 0), order);
}

/** The rows of these numbers; nothing is copied when they are all rows in order. */
export function pick(from: Tensor2D, rows: Int32Array): Tensor2D {
  const whole = rows.length === from.shape[0] && rows.every((row, at) => row === at);
  return whole ? from : gather(from, tensor1d(rows, "int32"));
}
