import { baseName } from "../../corpus/choose-splits.js";
import { type DataFile, type DataSource } from "../../io/source.js";

/** Finds recordings that a manifest names. */
export class RecordingFinder {
  private readonly byPath = new Map<string, DataFile>();
  private readonly byName = new Map<string, DataFile[]>();

  constructor(source: DataSource) {
    for (const file of source.files) {
      this.byPath.set(file.name, file);
      const name = baseName(file.name);
      this.byName.set(name, [...(this.byName.get(name) ?? []), file]);
    }
  }

  /**
   * The recording that `manifest` calls `path`: relative to the manifest's folder, relative to the source, or, as
   * manifests often keep the folders of the machine that made them, the only one that shares the most last parts of the
   * path.
   */
  find(path: string, manifest: string): DataFile | undefined {
    const parts = normalised(path);
    const folder = manifest.split("/").slice(0, -1);
    const near = this.byPath.get([...folder, ...parts].join("/")) ?? this.byPath.get(parts.join("/"));
    if (near !== undefined) return near;
    let best: DataFile[] = [];
    let most = 0;
    for (const file of this.byName.get(parts.at(-1) ?? "") ?? []) {
      const shared = sharedEnd(parts, file.name.split("/"));
      if (shared > most) [best, most] = [[file], shared];
      else if (shared === most) best.push(file);
    }
    return best.length === 1 ? best[0] : undefined;
  }
}

/** The parts of a path without "." and with ".." taken back; backslashes part them too. */
function normalised(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split(/[/\\]/)) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts;
}

function sharedEnd(left: readonly string[], right: readonly string[]): number {
  let shared = 0;
  while (shared < Math.min(left.length, right.length) && left.at(-1 - shared) === right.at(-1 - shared))
    shared++;
  return shared;
}
