import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "@timestep/base";
import {
  clipSeconds,
  digitStrings,
  readSpokenCorpus,
  type SpokenOptions,
  type Split,
  writeWav,
} from "@timestep/data";
import { openDataSource } from "@timestep/training/node";
import { type ClipRow, clipTable } from "../samples/clip-table.js";

export interface WriteOptions extends Pick<SpokenOptions, "holdOut" | "spelling"> {
  /** How many strings each split gets; 0 for none. */
  readonly counts: Readonly<Record<Split, number>>;
  readonly seed: number;
}

/**
 * Writes strings of digits as WAV files below `out`, with a table `clips.tsv` that names them. Each split's strings are
 * joined from that split's recordings alone.
 *
 * @throws {ConfigError} OUT_EXISTS when `out` holds anything already.
 * @throws {DataError} what reading the corpus and joining its recordings throw.
 */
export async function writeDigitStrings(
  data: string,
  out: string,
  { counts, seed, holdOut, spelling }: WriteOptions,
): Promise<ClipRow[]> {
  const corpus = await readSpokenCorpus(await openDataSource(data), { format: "digits", holdOut, spelling });
  await mkdir(join(out, "wav"), { recursive: true }).catch((cause: unknown) => {
    throw new ConfigError("OUT_EXISTS", `"${out}" cannot be made a folder.`, { cause });
  });
  if ((await readdir(out)).length > 1 || (await readdir(join(out, "wav"))).length > 0) {
    throw new ConfigError("OUT_EXISTS", `the folder "${out}" holds something already.`, {
      hint: "Name a new folder, or empty this one.",
    });
  }
  const rows: ClipRow[] = [];
  for (const [index, split] of (["train", "dev", "test"] as const).entries()) {
    const recordings = corpus.splits[split];
    if (recordings === undefined || counts[split] === 0) continue;
    for (const string of digitStrings(recordings, { count: counts[split], seed: 3 * seed + index })) {
      const clip = await string.audio();
      const file = `wav/${split}-${string.id}.wav`;
      await writeFile(join(out, file), writeWav(clip));
      rows.push({
        split,
        file,
        seconds: clipSeconds(clip),
        speaker: string.speaker ?? "",
        text: string.text,
      });
    }
  }
  await writeFile(join(out, "clips.tsv"), clipTable(rows));
  return rows;
}
