import { open, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file beside its place, flushes it to the disk and renames it, so that a crash at any moment leaves the old
 * content or the new. Its folder must be there.
 */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const beside = join(folder, `.${basename(path)}.tmp`);
  const file = await open(beside, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(folder);
}

/** Makes a rename last through a power cut; some systems cannot open folders, and there it is left to them. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
