import { stockBackends, type TfjsComparison } from "./against-tfjs.js";
import { bestOf, type Comparison, figure, torchThreads } from "./comparison.js";
import type { Limit } from "./roofline.js";
import { operations, type Workload, workloadName } from "./workload.js";

/** A recurrent layer beside PyTorch's and beside what the machine can do. */
export interface RecurrentRow extends Comparison {
  readonly workload: Workload;
  readonly limit: Limit;
}

/** What `npm run bench -- performance --update` keeps in docs/performance.json. */
export interface PerformanceRecord {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly threads: number;
    readonly instructionSet: string;
    readonly system: string;
    readonly node: string;
    readonly pytorch?: string;
    readonly commit: string;
    /** Processes that wanted to run in the minute before: well below 1 on a machine that does nothing else. */
    readonly load: number;
  };
  /** A second: operations of the micro-kernel, bytes of a triad in memory. */
  readonly limits: {
    readonly operationsOfOneThread: number;
    readonly operations: number;
    readonly memory: number;
  };
  readonly recurrent: readonly RecurrentRow[];
  readonly others: readonly Comparison[];
  readonly tfjs: readonly TfjsComparison[];
}

/** `docs/performance.md` from its record. */
export function renderPerformance(record: PerformanceRecord): string {
  return [
    "# Performance",
    "",
    "Written by `npm run bench -- performance --update`: medians on the machine below. PyTorch and Timestep take turns,",
    "never at the same time. The numbers are worth something when nothing else runs; the load before says whether it did.",
    "",
    ...machineSection(record),
    ...recurrentSection(record),
    ...othersSection(record),
    ...tfjsSection(record),
  ].join("\n");
}

function machineSection({ machine, limits }: PerformanceRecord): string[] {
  const giga = (perSecond: number): string => (perSecond / 1e9).toFixed(1);
  return [
    "## Machine",
    "",
    ...table(
      ["", ""],
      [
        ["processor", machine.processor],
        ["cores, threads used", `${machine.cores}, ${machine.threads}`],
        ["instruction set", machine.instructionSet],
        ["micro-kernel, one thread", `${giga(limits.operationsOfOneThread)} GFLOP/s`],
        [`micro-kernel, threads used`, `${giga(limits.operations)} GFLOP/s`],
        ["memory, triad", `${giga(limits.memory)} GB/s`],
        ["system", machine.system],
        ["Node", machine.node],
        ["PyTorch", machine.pytorch ?? "none: nothing compared with it"],
        ["commit", machine.commit],
        ["load before", machine.load.toFixed(2)],
      ],
    ),
    "",
    "The peak is what the largest micro-kernel of the instruction set does with operands that stay in the first-level",
    "cache, timed inside C++.",
    "",
  ];
}

function recurrentSection({ recurrent }: PerformanceRecord): string[] {
  const rows = recurrent.map((row) => [
    row.name,
    shown(row.ours),
    row.ours === undefined ? "" : (operations(row.workload) / row.ours / 1e6).toFixed(1),
    row.limit.by,
    figure(row.limit.milliseconds),
    row.ours === undefined ? "" : percent(row.limit.milliseconds / row.ours),
    ...theirs(row),
  ]);
  return [
    "## Recurrent layers",
    "",
    "`npm run bench -- rnn` and `npm run bench -- pytorch`. Training is forward and backward with every gradient, the",
    "input's too; `bi` is both directions. An operation is a multiplication or an addition of a product:",
    "2·B·T·G·H·(I + H) for each direction with G gates, three times that in training; what the gates compute is not counted.",
    "",
    "The limit is a roofline: the longer of the operations at the peak and the bytes at the machine's bandwidth. Tensors",
    "pass once for each pass that needs them, at the bandwidth of a triad of that size; recurrent weights are read at",
    "every step, at the bandwidth of reading as much as they are. What fits a cache is counted at that cache's bandwidth.",
    "",
    ...table(
      ["layer", "ms", "GFLOP/s", "limited by", "limit, ms", "of the limit", "PyTorch, ms", "times faster"],
      rows,
    ),
    "",
    `PyTorch: the best of ${torchThreads.join(" and ")} threads, which stands in brackets.`,
    "",
  ];
}

function othersSection({ others }: PerformanceRecord): string[] {
  return [
    "## Loss and task",
    "",
    "`npm run bench -- pytorch --only ctc --only slots`. CTC is log-softmax, loss and gradient. `slots atis` trains the",
    "slot tagger with the settings of the recipe `atis` on its data (TIMESTEP_DATA); `tools/bench/torch_slots.py` is the",
    "same model in plain PyTorch, with the same batch size and length buckets.",
    ...(others.some(({ name }) => name.startsWith("translation"))
      ? [
          "`--only translation` trains an encoder-decoder with attention on Multi30k, in target tokens a second;",
          "`tools/bench/torch_translation.py` gets the very same batches.",
        ]
      : []),
    "",
    ...table(
      ["", "unit", "Timestep", "PyTorch", "times faster"],
      others.map((row) => [row.name, row.unit, shown(row.ours), ...theirs(row)]),
    ),
    "",
  ];
}

function tfjsSection({ tfjs }: PerformanceRecord): string[] {
  return [
    "## TensorFlow.js",
    "",
    "`npm run bench -- tfjs`: a training step of `tf.layers.lstm` on TF.js's own backends as they are published.",
    "",
    ...table(
      ["layer", "ms", ...stockBackends.flatMap((backend) => [`${backend}, ms`, "times faster"])],
      tfjs.map(({ workload, ours, stock }) => [
        workloadName(workload),
        figure(ours.milliseconds),
        ...stockBackends.flatMap((backend) => {
          const milliseconds = stock[backend];
          return milliseconds === undefined
            ? ["", ""]
            : [figure(milliseconds), times(milliseconds / ours.milliseconds)];
        }),
      ]),
    ),
    "",
  ];
}

/** PyTorch's best and how many times faster we are. */
function theirs(row: Comparison): [string, string] {
  const best = bestOf(row);
  return [
    best === undefined ? "" : `${figure(best.value)} (${best.threads})`,
    row.ratio === undefined ? "" : times(row.ratio),
  ];
}

/** A table as prettier writes it: cells padded to the width of their column. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, column) =>
    Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

function shown(value: number | undefined): string {
  return value === undefined ? "" : figure(value);
}

function times(ratio: number): string {
  return ratio >= 20 ? `${ratio.toFixed(0)}×` : `${ratio.toFixed(1)}×`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
