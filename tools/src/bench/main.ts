import { parseArgs } from "node:util";
import { compareWithTfjs, tfjsLine } from "./against-tfjs.js";
import { benchPerformance } from "./performance.js";
import { benchPictures } from "./pictures.js";
import { benchPytorch } from "./pytorch.js";
import { benchRnn } from "./rnn-command.js";
import { benchTask, taskNames } from "./task.js";
import { benchTrees } from "./trees.js";

const usage = `usage: npm run bench -- rnn [--cell C ...] [--mode train|infer ...] [--shape T,B,I,H[,bi] ...] [--engine E] [--json]
       npm run bench -- pytorch [--only TEXT ...] [--json]   the same in PyTorch, in turn
       npm run bench -- tfjs [--engine E] [--json]           tf.layers.lstm on TF.js's own backends
       npm run bench -- performance [--update]               all of these; --update writes docs/performance.md
       npm run bench -- trees [--engine E] [--json]          a batch of trees at once against node by node
       npm run bench -- pictures [--engine E] [--json]       MobileNetV2 against TF.js's wasm backend
       npm run bench -- TASK [--json] [--check] [--update]   TASK: ${taskNames.join(", ")}`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      cell: { type: "string", multiple: true, default: [] },
      mode: { type: "string", multiple: true, default: [] },
      shape: { type: "string", multiple: true, default: [] },
      only: { type: "string", multiple: true, default: [] },
      engine: { type: "string" },
      check: { type: "boolean", default: false },
      update: { type: "boolean", default: false },
    },
  });
  const { json, cell: cells, mode: modes, shape: shapes, engine } = values;
  const [what] = positionals;
  switch (what) {
    case "rnn":
      return benchRnn({ cells, modes, shapes, engine, json });
    case "pytorch":
      return benchPytorch(values);
    case "tfjs": {
      const rows = await compareWithTfjs(undefined, engine, (text) => console.error(text));
      console.log(json ? JSON.stringify(rows) : rows.map(tfjsLine).join("\n"));
      return 0;
    }
    case "performance":
      return benchPerformance(values);
    case "trees":
      return benchTrees({ engine, json });
    case "pictures":
      return benchPictures({ engine, json });
    case undefined:
      break;
    default:
      if (taskNames.includes(what)) return benchTask(what, values);
  }
  console.error(usage);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof TypeError) console.error(usage);
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
}
