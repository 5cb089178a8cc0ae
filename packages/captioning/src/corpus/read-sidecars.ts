import { type DataSource, readTextFile, splitOfPath } from "@timestep/data";
import { type CaptionRecord, type CaptionRecords } from "./caption-corpus.js";
import { isPictureName } from "./find-pictures.js";

/**
 * Pictures with their captions beside them: `17.jpg` and `17.txt`, a caption a line. The split is that of the folder.
 * Pictures without a text are left out and counted.
 */
export async function readSidecars(source: DataSource): Promise<CaptionRecords> {
  const texts = new Map(
    source.files.filter(({ name }) => /\.txt$/i.test(name)).map((file) => [stemOf(file.name), file]),
  );
  const records: CaptionRecord[] = [];
  const checksums: Record<string, string> = {};
  const used = new Set<string>();
  let bare = 0;
  for (const { name } of source.files.filter((file) => isPictureName(file.name))) {
    const file = texts.get(stemOf(name));
    if (file === undefined) {
      bare++;
      continue;
    }
    used.add(file.name);
    const { text, sha256 } = await readTextFile(file);
    checksums[file.name] = sha256;
    const captions = text.split("\n").filter((line) => line.trim() !== "");
    records.push({ picture: name, captions, split: splitOfPath(name), where: file.name });
  }
  for (const file of texts.values()) {
    // A text that no picture stands beside is a caption of something that is missing, unless it says what it is.
    if (used.has(file.name) || /(^|\/)(readme|licen[cs]e|notice)/i.test(file.name)) continue;
    records.push({
      picture: stemOf(file.name),
      captions: [],
      split: splitOfPath(file.name),
      where: file.name,
    });
  }
  const warnings = bare === 0 ? [] : [`${bare} pictures have no text beside them and were left out.`];
  return { records, checksums, warnings };
}

function stemOf(name: string): string {
  return name.replace(/\.[^./]+$/, "");
}
