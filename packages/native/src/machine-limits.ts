import { ConfigError } from "@timestep/base";
import { loadAddon } from "./addon.js";

/**
 * How memory is gone through: `read` sums it, as a product reads weights; `triad` is a = b + s·c, two streams in and
 * one out.
 *
 * @see McCalpin 1995, Memory bandwidth and machine balance in current high performance computers (the triad).
 */
export type Traffic = "read" | "triad";

/** What a measurement takes. */
export interface PeakOptions {
  /** Whole, from 1 to 1024. */
  readonly threads: number;
  /** How long to measure, whole, from 1 to 60000. Default 100. */
  readonly milliseconds?: number;
}

/** What a measurement of bandwidth takes. */
export interface BandwidthOptions extends PeakOptions {
  readonly traffic: Traffic;
  /** Bytes gone through in all, shared out among the threads: a cache's size or less measures that cache. */
  readonly bytes: number;
}

/**
 * Operations a second that the products reach at most: the largest micro-kernel of the chosen instruction set, with
 * operands that stay in the first-level cache, on all threads at once. A multiplication and an addition are two.
 *
 * @throws {EngineError} NATIVE_NOT_BUILT when the addon is not there.
 * @throws {ConfigError} MACHINE_LIMIT_OPTION when a number is not whole or out of range.
 */
export function peakOperations({ threads, milliseconds = 100 }: PeakOptions): number {
  checkWhole("threads", threads, 1024);
  checkWhole("milliseconds", milliseconds, 60_000);
  return loadAddon().peak(threads, milliseconds);
}

/**
 * Bytes a second that all threads together move, each through its own share of `bytes`.
 *
 * @throws as {@link peakOperations} does; the largest `bytes` is 2³².
 */
export function memoryBandwidth({ traffic, threads, bytes, milliseconds = 100 }: BandwidthOptions): number {
  checkWhole("threads", threads, 1024);
  checkWhole("bytes", bytes, 2 ** 32);
  checkWhole("milliseconds", milliseconds, 60_000);
  return loadAddon().bandwidth(traffic, threads, bytes, milliseconds);
}

/**
 * The instruction set that the kernels run on: "avx512", "avx2", "neon" or "portable".
 *
 * @throws {EngineError} NATIVE_NOT_BUILT when the addon is not there.
 */
export function instructionSet(): string {
  return loadAddon().simd();
}

function checkWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new ConfigError(
    "MACHINE_LIMIT_OPTION",
    `${name} must be a whole number from 1 to ${most}, got ${value}.`,
    { hint: `Give ${name} as a whole number in that range.` },
  );
}
