import { memoryBandwidth, peakOperations, type Traffic } from "@timestep/native";
import { operations, type Workload, workloadBytes } from "./workload.js";

/** Larger than the caches of processors of today: memory itself. */
const memorySize = 192 * 2 ** 20;

/** What a machine can do at most on all its threads. */
export interface MachineLimits {
  /** Operations a second of the micro-kernel. */
  readonly operations: number;
  /** Bytes a second when going through so many bytes again and again. */
  bandwidth(traffic: Traffic, bytes: number): number;
}

/** What bounds a workload from below. */
export interface Limit {
  readonly milliseconds: number;
  readonly by: "arithmetic" | "bytes";
}

/** Measures a machine; bandwidths as they are asked for, each size once. */
export class MeasuredLimits implements MachineLimits {
  readonly operations: number;
  /** The same for one thread. */
  readonly operationsOfOneThread: number;
  /** Bytes a second of the triad in memory. */
  readonly memory: number;
  private readonly known = new Map<string, number>();

  constructor(private readonly threads: number) {
    this.operationsOfOneThread = peakOperations({ threads: 1, milliseconds: 300 });
    this.operations = peakOperations({ threads, milliseconds: 300 });
    this.memory = memoryBandwidth({ traffic: "triad", threads, bytes: memorySize, milliseconds: 400 });
  }

  bandwidth(traffic: Traffic, bytes: number): number {
    if (bytes >= memorySize && traffic === "triad") return this.memory;
    const size = Math.max(1, Math.min(Math.round(bytes), memorySize));
    const key = `${traffic} ${size}`;
    const measured =
      this.known.get(key) ??
      memoryBandwidth({ traffic, threads: this.threads, bytes: size, milliseconds: 60 });
    this.known.set(key, measured);
    return measured;
  }
}

/**
 * The roofline of a workload: the longer of the time that its products take at the peak, and the time that its bytes
 * take. Bytes that pass once do so at the bandwidth of a triad as large as all of them, recurrent weights at that of
 * reading as much as they are: what fits a cache comes from that cache.
 *
 * @see Williams, Waterman & Patterson 2009, doi:10.1145/1498765.1498785.
 */
export function limitOf(workload: Workload, limits: MachineLimits): Limit {
  const { once, again, weights } = workloadBytes(workload);
  const arithmetic = operations(workload) / limits.operations;
  const bytes = once / limits.bandwidth("triad", once) + again / limits.bandwidth("read", weights);
  return arithmetic >= bytes
    ? { milliseconds: arithmetic * 1000, by: "arithmetic" }
    : { milliseconds: bytes * 1000, by: "bytes" };
}
