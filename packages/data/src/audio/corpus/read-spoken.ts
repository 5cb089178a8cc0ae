import { DataError } from "@timestep/base";
import { baseName, inOrder } from "../../corpus/choose-splits.js";
import { type Split, splitOfPath } from "../../corpus/corpus.js";
import { place, shown, count, Tally } from "../../corpus/labelled.js";
import { emptyError } from "../../corpus/raw.js";
import { readTextFile } from "../../io/read-text.js";
import { type DataFile, type DataSource, sha256 } from "../../io/source.js";
import { readWav } from "../wav/read-wav.js";
import { RecordingFinder } from "./find-recording.js";
import { type ManifestRow, readManifestJsonl, readManifestTable } from "./manifest-rows.js";
import { type DigitOptions, isDigitFolder, readDigits } from "./read-digits.js";
import {
  checkedTranscripts,
  cutClip,
  optionError,
  type SpokenCorpus,
  type SpokenExample,
  type SpokenFormat,
  type TranscriptOptions,
} from "./spoken.js";

export interface SpokenOptions extends TranscriptOptions, DigitOptions {
  /** Reads the source in this format instead of the one its files suggest. */
  readonly format?: SpokenFormat | undefined;
  /** The split of what no name or column assigns to one. Default "train". */
  readonly split?: Split | undefined;
  /** What happens when a recording that a manifest names, or the text of a recording, is not there. Default "error". */
  readonly missing?: "error" | "skip" | undefined;
}

/**
 * Reads recordings with their texts:
 *
 * - `digits`: files named digit_speaker_index.wav (the Free Spoken Digit Dataset);
 * - `tsv`: tab-separated values naming recordings and texts, with or without headings;
 * - `jsonl`: one JSON object a line with `audio_filepath` and `text`, and optionally `duration` and `offset`;
 * - `folder`: a text file `a.txt` beside each recording `a.wav`.
 *
 * The format follows from what the source holds, in this order. Splits follow from a column or key `split`, else from
 * names of files and folders. Recordings are read only when asked for.
 *
 * @throws {DataError} DATA_EMPTY, SPOKEN_FORMAT, SPOKEN_MISSING, SPOKEN_ALPHABET, SPOKEN_TWICE, SPOKEN_SPLIT,
 *   SPOKEN_SPEAKER, and what the readers of the formats and {@link readTextFile} throw.
 * @throws {ConfigError} SPOKEN_OPTION
 *
 * @example
 * ```ts
 * const yes = writeWav({ samples: new Float32Array(8000).fill(0.1), sampleRateHz: 8000 });
 * const corpus = await readSpokenCorpus(memorySource("toy", { "a.wav": yes, "a.txt": "yes\n" }));
 * requireSplit(corpus, "train")[0]?.text; // "yes"
 * ```
 */
export async function readSpokenCorpus(
  source: DataSource,
  options: SpokenOptions = {},
): Promise<SpokenCorpus> {
  if (source.files.length === 0) throw emptyError(`"${source.name}"`);
  const format = options.format ?? detectFormat(source);
  const found = { checksums: {} as Record<string, string>, warnings: [] as string[] };
  const raw = await readRaw(source, format, options, found);
  const splits: SpokenCorpus["splits"] = {};
  for (const [split, examples] of raw) {
    const name = `"${source.name}", ${split}`;
    const kept = checkedTranscripts(examples, options, name, found.warnings);
    if (kept.length > 0) splits[split] = kept;
  }
  if (Object.keys(splits).length === 0) throw emptyError(`"${source.name}"`);
  warnOfShared(splits, found.warnings);
  return { name: source.name, format, splits: inOrder(splits), ...found };
}

/** Recordings that a model would be tested on after having learnt from them. */
function warnOfShared(splits: SpokenCorpus["splits"], warnings: string[]): void {
  const learnt = new Set((splits.train ?? []).map(({ id }) => id));
  for (const split of ["dev", "test"] as const) {
    const shared = (splits[split] ?? []).filter(({ id }) => learnt.has(id)).length;
    if (shared > 0)
      warnings.push(`${count(shared, "recording", "recordings")} of ${split} stand in train as well.`);
  }
}

interface Found {
  readonly checksums: Record<string, string>;
  readonly warnings: string[];
}

function readRaw(
  source: DataSource,
  format: SpokenFormat,
  options: SpokenOptions,
  found: Found,
): Promise<Map<Split, SpokenExample[]>> {
  switch (format) {
    case "digits":
      return readDigits(source, options, found);
    case "folder":
      return readPairs(source, options, found);
    case "tsv":
    case "jsonl":
      return readManifests(source, format, options, found);
    default:
      throw optionError("format", format, '"digits", "folder", "tsv" or "jsonl"');
  }
}

const MANIFESTS: readonly (readonly [format: "tsv" | "jsonl", pattern: RegExp])[] = [
  ["tsv", /\.(tsv|tab)(\.gz)?$/i],
  ["jsonl", /\.(jsonl|ndjson)(\.gz)?$/i],
  // Toolkits write lines of JSON into files named .json as well.
  ["jsonl", /manifest[^/]*\.json(\.gz)?$/i],
];

function detectFormat(source: DataSource): SpokenFormat {
  if (isDigitFolder(source.files)) return "digits";
  for (const [format, pattern] of MANIFESTS) {
    if (source.files.some(({ name }) => pattern.test(name))) return format;
  }
  if (source.files.some(({ name }) => /\.wav$/i.test(name))) return "folder";
  const names = source.files.slice(0, 5).map(({ name }) => name);
  throw new DataError("SPOKEN_FORMAT", `"${source.name}" holds no recordings: ${names.join(", ")}.`, {
    hint: "Expected .wav files with a .txt file of the same name each, or a .tsv or .jsonl file that names them.",
  });
}

async function readManifests(
  source: DataSource,
  format: "tsv" | "jsonl",
  options: SpokenOptions,
  { checksums, warnings }: Found,
): Promise<Map<Split, SpokenExample[]>> {
  const finder = new RecordingFinder(source);
  const patterns = MANIFESTS.filter(([name]) => name === format).map(([, pattern]) => pattern);
  const pattern = patterns.find((one) => source.files.some(({ name }) => one.test(name)));
  const splits = new Map<Split, SpokenExample[]>();
  const missing = new Tally();
  for (const file of source.files.filter(({ name }) => pattern?.test(name) === true)) {
    const { text, sha256: sum } = await readTextFile(file);
    checksums[file.name] = sum;
    const rows = format === "tsv" ? readManifestTable(text, file.name) : readManifestJsonl(text, file.name);
    for (const row of rows) {
      const recording = finder.find(row.path, file.name);
      if (recording === undefined) {
        if (options.missing !== "skip") throw missingRecording(row);
        missing.add(row.where);
        continue;
      }
      const split = splitOfRow(row) ?? splitOfPath(file.name) ?? options.split ?? "train";
      addTo(splits, split, exampleOf(row, recording));
    }
  }
  if (missing.count > 0) {
    const what = count(missing.count, "line was", "lines were");
    warnings.push(`${what} left out for want of the recording${missing.first()}.`);
  }
  return splits;
}

function exampleOf(row: ManifestRow, recording: DataFile): SpokenExample {
  const { text, where, speaker, seconds, offset } = row;
  // Several lines may take parts of one recording.
  const id = offset === undefined ? recording.name : `${recording.name}@${offset}`;
  return {
    id,
    text,
    where,
    ...(speaker === undefined ? {} : { speaker }),
    ...(seconds === undefined ? {} : { seconds }),
    async audio() {
      const clip = readWav(await recording.bytes(), recording.name);
      return offset === undefined ? clip : cutClip(clip, offset, seconds, id);
    },
  };
}

function splitOfRow({ split, where }: ManifestRow): Split | undefined {
  if (split === undefined) return undefined;
  const known = splitOfPath(split);
  if (known !== undefined) return known;
  throw new DataError("SPOKEN_SPLIT", `${place(where)}: ${shown(split)} is no split.`, {
    hint: "Splits are train, dev (or valid, val) and test.",
  });
}

function missingRecording({ path, where }: ManifestRow): DataError {
  return new DataError("SPOKEN_MISSING", `${place(where)}: there is no recording ${shown(path, 120)}.`, {
    hint: 'Paths are relative to the manifest or to the data folder. Leave such lines out with missing: "skip".',
  });
}

/** Recordings with a text file of the same name beside each. */
async function readPairs(
  source: DataSource,
  options: SpokenOptions,
  { checksums, warnings }: Found,
): Promise<Map<Split, SpokenExample[]>> {
  const texts = new Map(
    source.files.filter(({ name }) => /\.txt$/i.test(name)).map((file) => [stem(file), file]),
  );
  const splits = new Map<Split, SpokenExample[]>();
  const sums: string[] = [];
  const missing = new Tally();
  const recordings = source.files.filter(({ name }) => /\.wav$/i.test(name));
  for (const recording of [...recordings].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const beside = texts.get(stem(recording));
    if (beside === undefined) {
      const where = { file: recording.name, line: 1 };
      if (options.missing !== "skip") throw missingText(recording);
      missing.add(where);
      continue;
    }
    const { text, sha256: sum } = await readTextFile(beside);
    sums.push(`${sum}  ${beside.name}\n`);
    const split = splitOfPath(folderOf(recording)) ?? splitOfPath(source.name) ?? options.split ?? "train";
    const example: SpokenExample = {
      id: recording.name,
      text,
      where: { file: beside.name, line: 1 },
      audio: async () => readWav(await recording.bytes(), recording.name),
    };
    addTo(splits, split, example);
  }
  checksums["texts"] = await sha256(new TextEncoder().encode(sums.join("")));
  if (missing.count > 0) {
    const what = count(missing.count, "recording was", "recordings were");
    warnings.push(`${what} left out for want of a text file of the same name${missing.first()}.`);
  }
  return splits;
}

function missingText({ name }: DataFile): DataError {
  return new DataError(
    "SPOKEN_MISSING",
    `${name} has no text: ${baseName(name).replace(/\.wav$/i, ".txt")} is not beside it.`,
    {
      hint: 'Write what is said into that file, or leave such recordings out with missing: "skip".',
    },
  );
}

function addTo(splits: Map<Split, SpokenExample[]>, split: Split, example: SpokenExample): void {
  const examples = splits.get(split);
  if (examples === undefined) splits.set(split, [example]);
  else examples.push(example);
}

function stem({ name }: DataFile): string {
  return name.replace(/\.[^./]*$/, "");
}

function folderOf({ name }: DataFile): string {
  return name.split("/").slice(0, -1).join("/");
}
