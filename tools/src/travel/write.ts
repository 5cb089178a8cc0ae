import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "@timestep/data";
import { generateTravel, type TravelRequest } from "./generate.js";

/** Seed of the files in data/travel. */
export const TRAVEL_SEED = 1;

const COMMAND = "node --conditions=@timestep/source --import tsx tools/src/travel/main.ts data";

export interface ManifestEntry {
  /** Relative to the folder of the manifest, "/" between folders. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly examples: number;
  readonly madeBy: { readonly command: string; readonly seed: number };
}

export interface Manifest {
  readonly files: readonly ManifestEntry[];
}

/** The files of data/travel: text by path relative to data. */
export function travelFiles(seed: number): Map<string, string> {
  const splits = generateTravel(seed);
  return new Map(
    Object.entries(splits).map(([split, requests]) => [`travel/${split}.jsonl`, jsonLines(requests)]),
  );
}

/** Writes the files below `folder` and their entries into its manifest.json; entries of other files stay. */
export async function writeTravel(folder: string, seed: number): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  await mkdir(join(folder, "travel"), { recursive: true });
  for (const [path, text] of travelFiles(seed)) {
    const bytes = new TextEncoder().encode(text);
    await replaceFile(join(folder, path), text);
    entries.push({
      path,
      bytes: bytes.length,
      sha256: await sha256(bytes),
      examples: text.split("\n").length - 1,
      madeBy: { command: COMMAND, seed },
    });
  }
  const manifestPath = join(folder, "manifest.json");
  const others = (await readManifest(manifestPath)).files.filter((file) => !file.path.startsWith("travel/"));
  const files = [...others, ...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  await replaceFile(manifestPath, `${JSON.stringify({ files }, null, 2)}\n`);
  return entries;
}

function jsonLines(requests: readonly TravelRequest[]): string {
  return requests.map(({ text, slots, intent }) => `${JSON.stringify({ text, slots, intent })}\n`).join("");
}

async function readManifest(path: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { files: [] };
    throw error;
  }
  return JSON.parse(text) as Manifest;
}

/** Writes beside and renames, so that a crash leaves the old file or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
