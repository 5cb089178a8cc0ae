import { DataError } from "@timestep/base";
import { type DataFile, type DataSource, readTextFile, type Split, splitOfPath } from "@timestep/data";
import { type CaptionRecord, type CaptionRecords } from "./caption-corpus.js";
import { isPictureName } from "./find-pictures.js";

/** What is said of a picture, and the line where that begins. */
interface Said {
  readonly captions: string[];
  readonly line: number;
}

/**
 * Captions as Flickr8k and Flickr30k have them: a file of tokens, `17.jpg#0 TAB A dog runs .` a line, or a table with the
 * columns image and caption, or image, number and caption, parted by commas or bars; and beside it lists of the pictures
 * of each split, a name a line. Without lists the splits are left open. Pictures that no list names are left out.
 *
 * @throws {DataError} CAPTION_FLICKR when a line is not as described, or a list names a picture without captions.
 */
export async function readFlickr(source: DataSource): Promise<CaptionRecords> {
  const file = source.files.find(({ name }) => isFlickrName(name)) as DataFile;
  const { text, sha256 } = await readTextFile(file);
  const captions = new Map<string, Said>();
  const lines = text.split("\n");
  const columns = /^image(_name)?\s*[,|]/i.test(lines[0] ?? "") ? lines[0]?.split(/[,|]/).length : undefined;
  const form = columns === undefined ? tokenLine : columns === 2 ? pairLine : numberedLine;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || (columns !== undefined && index === 0)) continue;
    const match = form.exec(line);
    if (match === null) throw wrongLine(file, index + 1, columns !== undefined);
    const [, name, caption] = match as unknown as [string, string, string];
    const said = captions.get(name) ?? { captions: [], line: index + 1 };
    said.captions.push(unquoted(caption));
    captions.set(name, said);
  }
  const checksums: Record<string, string> = { [file.name]: sha256 };
  const splits = await readLists(source, file, captions, checksums);
  const records = [...captions].flatMap(([picture, { captions: own, line }]): CaptionRecord[] => {
    const split = splits?.get(picture);
    if (splits !== undefined && split === undefined) return [];
    return [{ picture, captions: own, split, where: `${file.name}, line ${line}` }];
  });
  const unlisted = captions.size - records.length;
  const warnings = unlisted > 0 ? [`${unlisted} pictures with captions are in no list of a split.`] : [];
  return { records, checksums, warnings };
}

/** Whether a file holds captions as Flickr8k has them, by its name. */
export function isFlickrName(name: string): boolean {
  // Flickr8k has its captions a second time, in lemmas.
  return (
    /(^|[/._])(token|captions(\.token)?|results)(\.(txt|csv))?(\.gz)?$/i.test(name) && !/lemma/i.test(name)
  );
}

const tokenLine = /^([^\t#]+)#\d+\s*\t(.+)$/;
const pairLine = /^([^,|]+?)\s*[,|]\s*(.+)$/;
/** With the number of the caption in between; one line of Flickr30k lacks the bar behind it. */
const numberedLine = /^([^,|]+?)\s*[,|]\s*\d+(?:\s*[,|]\s*|\s+)(.+)$/;

/** A field of a table without the quotes that hold its commas together. */
function unquoted(caption: string): string {
  const text = caption.trim();
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** Which split each picture is of; undefined where there are no lists. */
async function readLists(
  source: DataSource,
  captionFile: DataFile,
  captions: ReadonlyMap<string, unknown>,
  checksums: Record<string, string>,
): Promise<Map<string, Split> | undefined> {
  const splits = new Map<string, Split>();
  let lists = 0;
  for (const file of source.files) {
    const split = splitOfList(file.name);
    if (split === undefined || file === captionFile) continue;
    const { text, sha256 } = await readTextFile(file);
    const names = text.split("\n").filter((line) => line.trim() !== "");
    if (!names.every((name) => isPictureName(name.trim()))) continue;
    lists++;
    checksums[file.name] = sha256;
    for (const name of names.map((line) => line.trim())) {
      if (!captions.has(name)) {
        throw new DataError(
          "CAPTION_FLICKR",
          `${file.name} names "${name}", and ${captionFile.name} has no caption of it.`,
          { hint: "Take the lists and the captions of one corpus." },
        );
      }
      const other = splits.get(name);
      if (other !== undefined && other !== split) {
        throw new DataError(
          "CAPTION_FLICKR",
          `${file.name} names "${name}", which the list of ${other} has too.`,
          { hint: "A picture is of one split alone." },
        );
      }
      splits.set(name, split);
    }
  }
  return lists === 0 ? undefined : splits;
}

/** `train.txt`, or `Flickr_8k.trainImages.txt` as the corpus itself calls it. */
function splitOfList(name: string): Split | undefined {
  if (!/\.txt$/i.test(name)) return undefined;
  return splitOfPath(name) ?? splitOfPath(name.replace(/images\.txt$/i, ".txt"));
}

function wrongLine(file: DataFile, line: number, table: boolean): DataError {
  return new DataError("CAPTION_FLICKR", `${file.name}, line ${line}: no picture with a caption.`, {
    hint: table ? "A line is image,caption." : "A line is image.jpg#0, a tab, and the caption.",
  });
}
