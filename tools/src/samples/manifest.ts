import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "@timestep/data";

/** How a file came to be: by a command from a seed, or by hand. */
export type MadeBy = { readonly command: string; readonly seed: number } | { readonly hand: true };

export interface ManifestEntry {
  /** Relative to the folder of the manifest, "/" between folders. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly examples: number;
  readonly madeBy: MadeBy;
}

export interface Manifest {
  readonly files: readonly ManifestEntry[];
}

interface SampleFacts {
  readonly path: string;
  readonly examples: number;
  readonly madeBy: MadeBy;
}

/** A sample to write: its text, and how many examples it holds. */
export interface Sample extends SampleFacts {
  readonly text: string;
}

/** A sample that is no text. */
export interface BinarySample extends SampleFacts {
  readonly bytes: Uint8Array;
}

/**
 * Writes samples below `folder` and their entries into its manifest.json. Entries of the same top folders are replaced,
 * those of others stay.
 */
export async function writeSamples(
  folder: string,
  samples: readonly (Sample | BinarySample)[],
): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  for (const sample of samples) {
    const { path, examples, madeBy } = sample;
    const bytes = "bytes" in sample ? sample.bytes : new TextEncoder().encode(sample.text);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await replaceFile(join(folder, path), bytes);
    entries.push({ path, bytes: bytes.length, sha256: await sha256(bytes), examples, madeBy });
  }
  const tops = new Set(samples.map(({ path }) => topFolder(path)));
  const manifestPath = join(folder, "manifest.json");
  const others = (await readManifest(manifestPath)).files.filter(({ path }) => !tops.has(topFolder(path)));
  const files = [...others, ...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  await replaceFile(manifestPath, `${JSON.stringify({ files }, null, 2)}\n`);
  return entries;
}

/** The manifest at a path; an empty one where there is no file. */
export async function readManifest(path: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { files: [] };
    throw error;
  }
  return JSON.parse(text) as Manifest;
}

function topFolder(path: string): string {
  return path.split("/")[0] as string;
}

/** Writes beside and renames, so that a crash leaves the old file or the new one. */
async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
