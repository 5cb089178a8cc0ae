import { ConfigError, DataError } from "@timestep/base";
import { type DataFile, memoryFile } from "@timestep/data";
import { type GridFeatures, pictureFeatures } from "../features/grid-features.js";
import { type MobileNet } from "../mobilenet/mobilenet.js";
import { type Picture } from "../picture.js";
import { FeatureCache } from "./feature-cache.js";
import { type Fit, readPicture } from "./read-picture.js";

/** How features are made. */
export interface ExtractOptions {
  /** Folder in which features are kept. */
  readonly cache: string;
  /** Default `cover`. */
  readonly fit?: Fit;
  /** Pictures of one pass of the network. Default 8. */
  readonly batchSize?: number;
  /** What a picture that cannot be read does: stop everything with its error (default), or be left out and named. */
  readonly unreadable?: "throw" | "skip";
  /** Called after each batch. */
  readonly onProgress?: (progress: ExtractProgress) => void;
}

export interface ExtractProgress {
  readonly done: number;
  readonly total: number;
}

/** How features of many pictures came about. */
export interface Extracted {
  /** Names of the pictures that were read, in order. */
  readonly names: readonly string[];
  /** For each of them the place of its file in the list that was given. */
  readonly placeOf: readonly number[];
  /** How many were made now; the others were kept from before. */
  readonly made: number;
  /** How many files of the cache were damaged and have been made again. */
  readonly repaired: number;
  /** What was left out, and why. */
  readonly skipped: readonly { readonly name: string; readonly error: DataError }[];
}

/** A picture on its way: features from the cache, or pixels that the network has yet to see. */
interface Prepared {
  readonly name: string;
  readonly key?: string;
  readonly found?: GridFeatures;
  readonly picture?: Picture;
  readonly repaired?: boolean;
  readonly error?: DataError;
}

/**
 * Gives the features of each picture to `take`, in order and with its row among those that can be read; from the cache
 * where it has them. While the network works on one batch the next is read and decoded, and the last is written; a run
 * that is stopped goes on where it was.
 *
 * @throws what `extractFeatures` does.
 */
export async function extractEach(
  files: readonly DataFile[],
  network: MobileNet,
  options: ExtractOptions,
  take: (row: number, features: GridFeatures) => void,
): Promise<Extracted> {
  const { fit = "cover", batchSize = 8, unreadable = "throw", onProgress } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new ConfigError("FEATURES_BATCH", `batchSize must be a whole number from 1, got ${batchSize}.`);
  }
  const cache = await FeatureCache.open(options.cache, network, fit);
  const names: string[] = [];
  const placeOf: number[] = [];
  const skipped: { name: string; error: DataError }[] = [];
  let [made, repaired] = [0, 0];

  const prepareBatch = (from: number): Promise<Prepared[]> =>
    later(Promise.all(files.slice(from, from + batchSize).map((file) => prepare(file, network, cache, fit))));
  let next = prepareBatch(0);
  let written: Promise<unknown> = Promise.resolve();
  for (let from = 0; from < files.length; from += batchSize) {
    const batch = await next;
    next = prepareBatch(from + batchSize);
    const unseen = batch.flatMap(({ picture }) => (picture === undefined ? [] : [picture]));
    const seen = await pictureFeatures(network, unseen);
    await written;
    const writing: Promise<void>[] = [];
    for (const [index, { name, key, found, picture, error, ...rest }] of batch.entries()) {
      if (error !== undefined) {
        if (unreadable === "throw") throw error;
        skipped.push({ name, error });
        continue;
      }
      const features = found ?? seen[unseen.indexOf(picture as Picture)];
      take(names.length, features as GridFeatures);
      names.push(name);
      placeOf.push(from + index);
      if (found !== undefined) continue;
      made++;
      if (rest.repaired === true) repaired++;
      writing.push(cache.write(key as string, features as GridFeatures));
    }
    written = later(Promise.all(writing));
    onProgress?.({ done: Math.min(from + batchSize, files.length), total: files.length });
  }
  await written;
  return { names, placeOf, made, repaired, skipped };
}

/** A promise that is awaited after other work: until then its failure is nobody's. */
function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

async function prepare(file: DataFile, network: MobileNet, cache: FeatureCache, fit: Fit): Promise<Prepared> {
  const { name } = file;
  try {
    const bytes = await file.bytes();
    const key = await cache.keyOf(bytes);
    let repaired = false;
    try {
      const found = await cache.read(key);
      if (found !== undefined && String(found.shape) === String(network.gridShape))
        return { name, key, found };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      repaired = true;
    }
    return {
      name,
      key,
      repaired,
      picture: await readPicture(memoryFile(name, bytes), { ...network.inputSize, fit }),
    };
  } catch (error) {
    if (error instanceof DataError) return { name, error };
    throw error;
  }
}
