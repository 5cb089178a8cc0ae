import { startEngine } from "@timestep/engine";
import { peakOperations } from "@timestep/native";
import { compareInTurn, comparisonLine, comparisonTable } from "./comparison.js";
import { contests, selectedContests } from "./contests.js";
import { findTorch, torchMissing, TorchProcess } from "./torch-process.js";

/**
 * `npm run bench -- pytorch`: the same work in PyTorch and on the engine native, in turn.
 *
 * @returns the exit code: 0 also where there is no PyTorch, with a message.
 */
export async function benchPytorch(options: {
  readonly only: readonly string[];
  readonly json: boolean;
}): Promise<number> {
  const torch = findTorch();
  if (torch === undefined) {
    console.error(torchMissing);
    return 0;
  }
  const engine = await startEngine({ engine: "native" });
  const all = await contests(engine, { seconds: 1, slotSteps: 200, translationSteps: 30 });
  const wanted = selectedContests(all, options.only);
  if (wanted.length === 0) {
    throw new RangeError(
      `--only ${options.only.join(" ")} selects nothing; there are ${all.map(({ name }) => name).join(", ")}`,
    );
  }
  const peak = peakOperations({ threads: engine.threads, milliseconds: 300 });
  const rows = await compareInTurn(
    wanted,
    peak,
    (script, threads) => new TorchProcess(torch, script, threads),
    (row) => {
      if (!options.json) console.error(comparisonLine(row));
    },
  );
  console.log(
    options.json
      ? JSON.stringify({ torch: torch.version, threads: engine.threads, rows })
      : comparisonTable(rows, torch),
  );
  return 0;
}
