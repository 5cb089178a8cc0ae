import { memory } from "@tensorflow/tfjs-core";
import { AssertionError } from "./assertion.js";

/**
 * Fails when `action` leaves more than `keeps` tensors behind (default 0), counted over the whole engine. A tensor that
 * `action` returns is still alive and must be counted in `keeps`.
 */
export async function expectNoLeaks<T>(
  action: () => T | Promise<T>,
  options: { keeps?: number } = {},
): Promise<void> {
  const keeps = options.keeps ?? 0;
  const before = memory().numTensors;
  await action();
  const left = memory().numTensors - before;
  if (left > keeps) {
    throw new AssertionError(
      `expected at most ${keeps} tensors to stay, ${left} did; dispose them or wrap the work in tidy`,
    );
  }
}
