import { readFileSync } from "node:fs";
import { availableParallelism, cpus, platform } from "node:os";

/**
 * Physical cores that this process may use: two hardware threads of one core share the multipliers, so the second
 * adds nothing to a product. Where the system does not tell, the number of hardware threads.
 */
export function physicalCores(): number {
  const threads = availableParallelism();
  if (platform() !== "linux") return threads;
  const siblings = new Set<string>();
  try {
    for (let index = 0; index < cpus().length; index++) {
      siblings.add(
        readFileSync(`/sys/devices/system/cpu/cpu${index}/topology/thread_siblings_list`, "utf8").trim(),
      );
    }
  } catch {
    return threads;
  }
  return Math.max(1, Math.min(threads, siblings.size));
}
