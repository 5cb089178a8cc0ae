import { type ManifestEntry, writeSamples } from "../samples/manifest.js";
import { generateTravel, type TravelRequest } from "./generate.js";

/** Seed of the files in data/travel. */
export const TRAVEL_SEED = 1;

const COMMAND = "node --conditions=@timestep/source --import tsx tools/src/travel/main.ts data";

/** The files of data/travel: text by path relative to data. */
export function travelFiles(seed: number): Map<string, string> {
  const splits = generateTravel(seed);
  return new Map(
    Object.entries(splits).map(([split, requests]) => [`travel/${split}.jsonl`, jsonLines(requests)]),
  );
}

/** Writes the files below `folder` and their entries into its manifest.json; entries of other files stay. */
export function writeTravel(folder: string, seed: number): Promise<ManifestEntry[]> {
  const samples = [...travelFiles(seed)].map(([path, text]) => ({
    path,
    text,
    examples: text.split("\n").length - 1,
    madeBy: { command: COMMAND, seed },
  }));
  return writeSamples(folder, samples);
}

function jsonLines(requests: readonly TravelRequest[]): string {
  return requests.map(({ text, slots, intent }) => `${JSON.stringify({ text, slots, intent })}\n`).join("");
}
