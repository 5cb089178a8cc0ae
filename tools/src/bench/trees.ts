import { seeded, type Random } from "@timestep/base";
import {
  ChildSumTreeLstmCell,
  NaryTreeLstmCell,
  planTrees,
  RecursiveCell,
  type Tree,
  type TreeCell,
  TreeLayer,
  type TreePath,
  type TreePlan,
} from "@timestep/core";
import { type EngineReport, startEngine } from "@timestep/engine";
import { dispose, sum, type Tensor2D, type Variable, variableGrads } from "@tensorflow/tfjs-core";
import { finish, randomVariable } from "./rnn.js";
import { medianMilliseconds } from "./timing.js";

/** The sizes of a tree LSTM on the Stanford Sentiment Treebank: 25 sentences of some 19 words a batch. */
const treesOfBatch = 25;
const leavesOfTree = 19;
const inputSize = 300;
const hiddenSize = 150;

/** One line of `npm run bench -- trees --json`. */
export interface TreeTiming {
  readonly cell: string;
  readonly engine: string;
  readonly threads: number;
  readonly trees: number;
  readonly nodes: number;
  /** Median of one training step, forward and backward with all gradients. */
  readonly batchedMilliseconds: number;
  readonly nodeByNodeMilliseconds: number;
  /** How many times as fast the batch is. */
  readonly ratio: number;
}

const cells: Readonly<Record<string, (random: Random) => TreeCell>> = {
  recursive: (random) => new RecursiveCell({ inputSize, hiddenSize, random }),
  "nary-lstm": (random) => new NaryTreeLstmCell({ inputSize, hiddenSize, random }),
  "child-sum-lstm": (random) => new ChildSumTreeLstmCell({ inputSize, hiddenSize, random }),
};

/** Times training over a batch of random binary trees: a level of all trees at once against one node after another. */
export async function timeTrees(engine: EngineReport): Promise<TreeTiming[]> {
  const timings: TreeTiming[] = [];
  const { plan, leaves } = batch(seeded(1));
  for (const [cell, make] of Object.entries(cells)) {
    const batched = await timeTraining(make(seeded(1)), "auto", plan, leaves);
    const alone = await timeTraining(make(seeded(1)), "reference", plan, leaves);
    timings.push({
      cell,
      engine: engine.name,
      threads: engine.threads,
      trees: plan.roots.length,
      nodes: plan.nodes,
      batchedMilliseconds: batched,
      nodeByNodeMilliseconds: alone,
      ratio: alone / batched,
    });
  }
  dispose(leaves);
  return timings;
}

function batch(random: Random): { plan: TreePlan; leaves: Variable } {
  let next = 0;
  const trees = Array.from({ length: treesOfBatch }, () => {
    const first = next;
    next += 1 + random.integer(2 * leavesOfTree - 1);
    return randomTree(first, next, random);
  });
  return { plan: planTrees(trees), leaves: randomVariable([next, inputSize], random) };
}

/** Leaves from … to - 1, cut at random places. */
function randomTree(from: number, to: number, random: Random): Tree {
  if (to - from === 1) return { leaf: from };
  const cut = from + 1 + random.integer(to - from - 1);
  return { children: [randomTree(from, cut, random), randomTree(cut, to, random)] };
}

async function timeTraining(
  cell: TreeCell,
  path: TreePath,
  plan: TreePlan,
  leaves: Variable,
): Promise<number> {
  const layer = new TreeLayer(cell, { path });
  const variables = [leaves, ...layer.parameters().map((parameter) => parameter.variable)];
  const run = async (): Promise<void> => {
    const { value, grads } = variableGrads(
      () => sum(layer.run(leaves as unknown as Tensor2D, plan).h),
      variables,
    );
    await finish([value, ...Object.values(grads)]);
  };
  const milliseconds = await medianMilliseconds(run);
  layer.dispose();
  return milliseconds;
}

/** `npm run bench -- trees`. */
export async function benchTrees(options: { engine: string | undefined; json: boolean }): Promise<number> {
  const timings = await timeTrees(await startEngine({ engine: options.engine }));
  console.log(options.json ? JSON.stringify(timings) : timings.map(line).join("\n"));
  return 0;
}

function line(timing: TreeTiming): string {
  const { cell, engine, trees, nodes, batchedMilliseconds, nodeByNodeMilliseconds, ratio } = timing;
  return (
    `${cell.padEnd(15)} ${engine.padEnd(7)} ${trees} trees, ${nodes} nodes: ${batchedMilliseconds.toFixed(2)} ms a ` +
    `batch, ${nodeByNodeMilliseconds.toFixed(2)} ms node by node, ${ratio.toFixed(1)}×`
  );
}
