import { readFileSync } from "node:fs";
import { arch, cpus, platform } from "node:os";
import { type EngineReport } from "@timestep/engine";
import { writeEnvironment } from "./run.js";
import { type FileStore } from "./store.js";

/** What `environment.json` is made from, beside what the machine itself tells. */
export interface EnvironmentFacts {
  readonly engine: EngineReport;
  readonly seed: number;
  /** SHA-256 of each data file by name. */
  readonly data: Readonly<Record<string, string>>;
}

/** Writes `environment.json` of a run: engine, versions, seed, machine and checksums of the data. */
export async function recordEnvironment(store: FileStore, facts: EnvironmentFacts): Promise<void> {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
    dependencies: Record<string, string>;
  };
  await writeEnvironment(store, {
    engine: facts.engine.name,
    threads: facts.engine.threads,
    details: facts.engine.details,
    seed: facts.seed,
    versions: {
      timestep: manifest.version,
      "@tensorflow/tfjs-core": manifest.dependencies["@tensorflow/tfjs-core"] ?? "",
      node: process.versions.node,
    },
    machine: {
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      system: `${platform()} ${arch()}`,
    },
    data: facts.data,
  });
}
