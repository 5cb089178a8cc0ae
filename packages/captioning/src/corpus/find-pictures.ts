import { DataError } from "@timestep/base";
import { type DataFile, type DataSource } from "@timestep/data";

/** What a caption without its picture does: stop with an error, or be left out and counted. */
export type MissingPicture = "error" | "skip";

/** Whether a file is a picture, by its name. */
export function isPictureName(name: string): boolean {
  return /\.(jpe?g|png|webp)$/i.test(name);
}

/**
 * Finds the pictures of a source by the names that captions use: the whole path, or the end of one, such as
 * `17.jpg` for `images/train/17.jpg`.
 */
export class PictureFinder {
  private readonly byPath = new Map<string, DataFile>();
  /** By every ending of a path at a slash; null where two pictures end alike. */
  private readonly byEnding = new Map<string, DataFile | null>();

  constructor(private readonly source: DataSource) {
    for (const file of source.files) {
      if (!isPictureName(file.name)) continue;
      this.byPath.set(file.name, file);
      const parts = file.name.split("/");
      for (let from = parts.length - 1; from > 0; from--) {
        const ending = parts.slice(from).join("/");
        this.byEnding.set(ending, this.byEnding.has(ending) ? null : file);
      }
    }
  }

  /**
   * The picture of a name; undefined where there is none.
   *
   * @throws {DataError} CAPTION_PICTURE_TWICE when several pictures have that name.
   */
  find(name: string, where: string): DataFile | undefined {
    const plain = name.replaceAll("\\", "/").replace(/^\.\//, "");
    const exact = this.byPath.get(plain);
    if (exact !== undefined) return exact;
    const found = this.byEnding.get(plain);
    if (found !== null) return found;
    throw new DataError(
      "CAPTION_PICTURE_TWICE",
      `${where}: several pictures of "${this.source.name}" are called "${name}".`,
      { hint: "Write the path of the picture from the folder of the data on." },
    );
  }
}

/** @returns CAPTION_PICTURE_MISSING */
export function missingPicture(source: DataSource, name: string, where: string): DataError {
  return new DataError(
    "CAPTION_PICTURE_MISSING",
    `${where}: "${source.name}" has no picture "${name}", which this caption is of.`,
    { hint: 'Put it there, or leave such captions out with --set corpus.missing="skip".' },
  );
}
