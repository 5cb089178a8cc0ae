import { exitCodes } from "./failure.js";
import { type ProgramIo } from "./io.js";

/** A signal that the first Ctrl-C aborts. The second ends the process at once. */
export function interruptible(io: ProgramIo, notice: string): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const stop = io.onInterrupt(() => {
    if (controller.signal.aborted) {
      io.kill(exitCodes.interrupted);
      return;
    }
    io.stderr.write(`\n${notice}\n`);
    controller.abort();
  });
  return { signal: controller.signal, stop };
}
