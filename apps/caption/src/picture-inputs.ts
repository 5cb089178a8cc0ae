import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError } from "@timestep/base";
import { expandGlob, type InputItem } from "@timestep/cli-kit";
import { type DataFile } from "@timestep/data";
import { openDataSource } from "@timestep/training/node";

/**
 * The pictures that inputs name, in order and still unread: an input is a file, a folder of pictures, or a pattern. Of
 * folders and patterns the files count whose names end as those of pictures do.
 *
 * @throws {DataError} INPUT_NOT_FOUND when no file fits a pattern, PICTURES_NONE when a folder or pattern has no picture,
 *   DATA_EMPTY, DATA_UNREADABLE; reading a picture throws PICTURE_NOT_FOUND.
 */
export async function* picturesOf(inputs: AsyncIterable<InputItem>, cwd: string): AsyncGenerator<DataFile> {
  for await (const { text } of inputs) {
    if (text.trim() === "") continue;
    if (await isFolder(resolve(cwd, text))) yield* picturesIn(text, cwd);
    else if (!/[*?]/.test(text) || (await exists(resolve(cwd, text)))) yield pictureAt(text, cwd);
    else yield* picturesThatFit(text, cwd);
  }
}

async function* picturesThatFit(pattern: string, cwd: string): AsyncGenerator<DataFile> {
  const found = await expandGlob(pattern, cwd);
  const pictures = found.filter(hasPictureName);
  if (pictures.length === 0) throw noPictures(pattern);
  for (const path of pictures) if (!(await isFolder(resolve(cwd, path)))) yield pictureAt(path, cwd);
}

async function* picturesIn(folder: string, cwd: string): AsyncGenerator<DataFile> {
  const { files } = await openDataSource(resolve(cwd, folder));
  const pictures = files.filter(({ name }) => hasPictureName(name));
  if (pictures.length === 0) throw noPictures(folder);
  for (const file of pictures) yield { ...file, name: `${folder.replace(/\/+$/, "")}/${file.name}` };
}

function pictureAt(path: string, cwd: string): DataFile {
  return {
    name: path,
    bytes: async () => {
      try {
        return new Uint8Array(await readFile(resolve(cwd, path)));
      } catch (cause) {
        throw new DataError(
          "PICTURE_NOT_FOUND",
          `${path}: there is no such picture, or it may not be read.`,
          {
            hint: "Name files, folders, or a pattern such as 'photos/*.jpg'.",
            cause,
          },
        );
      }
    },
  };
}

function noPictures(where: string): DataError {
  return new DataError("PICTURES_NONE", `${where}: no name of a file there ends as pictures' names do.`, {
    hint: "JPEG, PNG and WebP are read: .jpg, .jpeg, .png, .webp. Any other name can be given in full.",
  });
}

function hasPictureName(name: string): boolean {
  return /\.(jpe?g|png|webp)$/i.test(name);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
