import { type ProgressReporter } from "@timestep/cli-kit";
import { type EngineReport } from "@timestep/engine";

/** `bench`: how fast a network trains on made-up pictures and describes them. */
export function benchCaptions(_: { engine: EngineReport; progress: ProgressReporter }): Promise<object> {
  return Promise.resolve({});
}
