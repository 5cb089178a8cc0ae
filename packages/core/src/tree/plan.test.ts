import { seeded } from "@timestep/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planTrees, type TreePlan } from "./plan.js";
import { balanced, rightBranching, type Tree } from "./tree.js";
import { randomTree, range } from "./trees.fixture.js";

const coded = (code: string): unknown => expect.objectContaining({ code });

/** Batches of trees of any arity, leaves numbered through. */
const batches = fc
  .tuple(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }), fc.nat())
  .map(([counts, seed]): Tree[] => {
    const random = seeded(seed);
    let first = 0;
    return counts.map((count) => {
      const tree = randomTree(range(count, first), random, () => 1 + random.integer(4));
      first += count;
      return tree;
    });
  });

/** Rebuilds the tree below a row. */
function treeAt(plan: TreePlan, row: number): Tree {
  if (row < plan.leaves.length) return { leaf: plan.leaves[row] as number };
  const level = plan.levels.find(({ start, count }) => row >= start && row < start + count);
  if (level === undefined) throw new Error(`no level has row ${row}`);
  const node = row - level.start;
  const own = level.children.subarray(level.offsets[node], level.offsets[node + 1]);
  return { children: Array.from(own, (child) => treeAt(plan, child)) };
}

/** Leaves and merges in post-order, a merge as its number of children. */
function postOrder(tree: Tree): string[] {
  if ("leaf" in tree) return [`leaf ${tree.leaf}`];
  return [...tree.children.flatMap(postOrder), `merge ${tree.children.length}`];
}

describe("planTrees", () => {
  it("keeps every tree as it is", () => {
    fc.assert(
      fc.property(batches, (trees) => {
        const plan = planTrees(trees);
        expect(Array.from(plan.roots, (root) => treeAt(plan, root))).toEqual(trees);
      }),
      { numRuns: 60 },
    );
  });

  it("has every child before its parent, one level or more below, and every row once", () => {
    fc.assert(
      fc.property(batches, (trees) => {
        const plan = planTrees(trees);
        let next = plan.leaves.length;
        const parents = new Int32Array(plan.nodes);
        for (const { start, count, offsets, children } of plan.levels) {
          expect(start).toBe(next);
          expect(count).toBeGreaterThan(0);
          next += count;
          for (let node = 0; node < count; node++) {
            const own = children.subarray(offsets[node], offsets[node + 1]);
            expect(Math.max(...own)).toBeLessThan(start);
            for (const child of own) parents[child] = (parents[child] as number) + 1;
          }
        }
        expect(next).toBe(plan.nodes);
        const roots = new Set(plan.roots);
        expect(roots.size).toBe(trees.length);
        parents.forEach((count, row) => {
          expect(count).toBe(roots.has(row) ? 0 : 1);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("merges a node as soon as its children are there", () => {
    fc.assert(
      fc.property(batches, (trees) => {
        const { levels } = planTrees(trees);
        levels.forEach(({ count, offsets, children }, index) => {
          const below = index === 0 ? 0 : (levels[index - 1]?.start ?? 0);
          for (let node = 0; node < count; node++) {
            expect(Math.max(...children.subarray(offsets[node], offsets[node + 1]))).toBeGreaterThanOrEqual(
              below,
            );
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it("names the rows of each tree in post-order", () => {
    fc.assert(
      fc.property(batches, (trees) => {
        const plan = planTrees(trees);
        trees.forEach((tree, index) => {
          const rows = plan.rows[index] as Int32Array;
          const named = Array.from(rows, (row) => {
            const node = treeAt(plan, row);
            return "leaf" in node ? `leaf ${node.leaf}` : `merge ${node.children.length}`;
          });
          expect(named).toEqual(postOrder(tree));
          expect(rows.at(-1)).toBe(plan.roots[index]);
          for (const row of rows) expect(plan.trees[row]).toBe(index);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("lays out a small batch as documented", () => {
    const plan = planTrees([rightBranching(3), { leaf: 3 }, balanced(2, 4)]);
    expect(plan).toEqual({
      nodes: 9,
      leaves: Int32Array.of(0, 1, 2, 3, 4, 5),
      levels: [
        { start: 6, count: 2, offsets: Int32Array.of(0, 2, 4), children: Int32Array.of(1, 2, 4, 5) },
        { start: 8, count: 1, offsets: Int32Array.of(0, 2), children: Int32Array.of(0, 6) },
      ],
      roots: Int32Array.of(8, 3, 7),
      rows: [Int32Array.of(0, 1, 2, 6, 8), Int32Array.of(3), Int32Array.of(4, 5, 7)],
      trees: Int32Array.of(0, 0, 0, 1, 2, 2, 0, 2, 0),
    });
  });

  it("takes a chain of ten thousand leaves", () => {
    const plan = planTrees([rightBranching(10_000)]);
    expect(plan.nodes).toBe(19_999);
    expect(plan.levels).toHaveLength(9_999);
    expect(plan.roots).toEqual(Int32Array.of(19_998));
  });

  it.each([
    ["a batch without trees", []],
    ["a node without children", [{ leaf: 0 }, { children: [{ leaf: 1 }, { children: [] }] }]],
  ])("refuses %s", (_, trees) => {
    expect(() => planTrees(trees)).toThrow(coded("TREE_EMPTY"));
  });

  it.each([-1, 0.5, NaN])("refuses leaf %s", (leaf) => {
    expect(() => planTrees([{ leaf: 0 }, { children: [{ leaf }] }])).toThrow(coded("TREE_LEAF"));
    expect(() => planTrees([{ leaf: 0 }, { children: [{ leaf }] }])).toThrow(/tree 1 has leaf/);
  });
});

describe("binarisers", () => {
  it("branch to the right", () => {
    const leaf = (index: number): Tree => ({ leaf: index });
    const pair = (left: Tree, right: Tree): Tree => ({ children: [left, right] });
    expect(rightBranching(1)).toEqual(leaf(0));
    expect(rightBranching(3)).toEqual(pair(leaf(0), pair(leaf(1), leaf(2))));
    expect(rightBranching(2, 5)).toEqual(pair(leaf(5), leaf(6)));
  });

  it("balance: the least height, leaves in order", () => {
    for (let count = 1; count <= 40; count++) {
      const plan = planTrees([balanced(count, 3)]);
      expect(plan.levels).toHaveLength(Math.ceil(Math.log2(count)));
      const rows = plan.rows[0] as Int32Array;
      const read = Array.from(
        rows.filter((row) => row < plan.leaves.length),
        (row) => plan.leaves[row],
      );
      expect(read).toEqual(range(count, 3));
    }
  });

  it.each([0, -1, 1.5, NaN])("refuse %s leaves", (count) => {
    expect(() => balanced(count)).toThrow(coded("TREE_EMPTY"));
    expect(() => rightBranching(count)).toThrow(coded("TREE_EMPTY"));
  });
});
