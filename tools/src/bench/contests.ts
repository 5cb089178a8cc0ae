import type { EngineReport } from "@timestep/engine";
import type { Contest } from "./comparison.js";
import { ctcContest } from "./ctc.js";
import { timeRnn } from "./rnn.js";
import { slotsContest } from "./slots.js";
import { translationContest } from "./translation.js";
import { operations, standardWorkloads, type Workload, workloadName } from "./workload.js";

/** How thorough a comparison is. */
export interface ContestOptions {
  /** Seconds of repeats for each side of a row. */
  readonly seconds: number;
  /** Training steps of the slot tagger that count. */
  readonly slotSteps: number;
  /** Training steps of the translator that count. */
  readonly translationSteps: number;
}

/** Everything that is compared with PyTorch: recurrent layers, CTC, and the slot tagger and translation where their data is. */
export async function contests(engine: EngineReport, options: ContestOptions): Promise<Contest[]> {
  const slots = await slotsContest(options.slotSteps);
  const translation = await translationContest(options.translationSteps);
  return [
    ...standardWorkloads.map((workload) => rnnContest(workload, engine, options.seconds)),
    ctcContest(options.seconds),
    ...[slots, translation].filter((contest) => contest !== undefined),
  ];
}

function rnnContest(workload: Workload, engine: EngineReport, seconds: number): Contest {
  return {
    name: workloadName(workload),
    unit: "ms",
    operations: operations(workload),
    workload,
    script: "torch_rnn.py",
    request: { kind: "rnn", ...workload, seconds },
    ours: async () => (await timeRnn(workload, engine, { seconds })).milliseconds,
  };
}

/** Those whose name holds one of the texts; all when there is none. */
export function selectedContests(all: readonly Contest[], only: readonly string[]): Contest[] {
  return all.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
}
