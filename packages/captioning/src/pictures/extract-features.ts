import { DataError } from "@timestep/base";
import { type DataFile } from "@timestep/data";
import { PackedFeatures } from "../features/grid-features.js";
import { MeanTable } from "../features/picture-table.js";
import { type MobileNet } from "../mobilenet/mobilenet.js";
import { type Extracted, extractEach, type ExtractOptions } from "./extract-each.js";
import { FeatureCache } from "./feature-cache.js";

/** Pictures read at once. */
const together = 32;

/** Features of many pictures, a row for each that was read, and how they came about. */
export interface ExtractedFeatures extends Extracted {
  readonly features: PackedFeatures;
}

/** The means of features over their places, a row for each picture that was read, and how they came about. */
export interface ExtractedMeans extends Extracted {
  readonly means: MeanTable;
}

export interface ExtractMeansOptions extends ExtractOptions {
  /** Whether the means are kept together in one file too, read much more quickly than the features of each. Default false. */
  readonly keepTogether?: boolean;
}

/**
 * Features of many pictures, from the cache where it has them.
 *
 * @throws {DataError} the error of `readPicture` for the first picture that cannot be read, unless `unreadable` is `skip`.
 * @throws {ConfigError} FEATURES_BATCH when `batchSize` is no whole number from 1; FEATURES_FOLDER.
 */
export async function extractFeatures(
  files: readonly DataFile[],
  network: MobileNet,
  options: ExtractOptions,
): Promise<ExtractedFeatures> {
  const packed = new PackedFeatures(files.length, network.gridShape);
  const extracted = await extractEach(files, network, options, (row, features) => {
    packed.set(row, features);
  });
  return { ...extracted, features: packed.first(extracted.names.length) };
}

/**
 * The means alone, so that no grid stays in memory.
 *
 * @throws what {@link extractFeatures} does.
 */
export async function extractMeans(
  files: readonly DataFile[],
  network: MobileNet,
  { keepTogether = false, ...options }: ExtractMeansOptions,
): Promise<ExtractedMeans> {
  const channels = network.gridShape[2];
  const cache = await FeatureCache.open(options.cache, network, options.fit ?? "cover");
  const key = keepTogether ? await keyOfAll(files, cache) : undefined;
  const kept = key === undefined ? none : await keptMeans(cache, key, files.length * channels);
  if (kept.means !== undefined) {
    options.onProgress?.({ done: files.length, total: files.length });
    const [names, placeOf] = [files.map(({ name }) => name), files.map((_, place) => place)];
    const means = new MeanTable(kept.means, channels);
    return { names, placeOf, made: 0, repaired: 0, skipped: [], means };
  }
  const values = new Float32Array(files.length * channels);
  const extracted = await extractEach(files, network, options, (row, { pooled }) => {
    values.set(pooled, row * channels);
  });
  const count = extracted.names.length;
  if (key !== undefined && count === files.length) await cache.writeMeans(key, values);
  const means = new MeanTable(values.subarray(0, count * channels), channels);
  return { ...extracted, repaired: extracted.repaired + (kept.damaged ? 1 : 0), means };
}

/** Undefined where a picture cannot be read. */
async function keyOfAll(files: readonly DataFile[], cache: FeatureCache): Promise<string | undefined> {
  const keys: string[] = [];
  try {
    for (let from = 0; from < files.length; from += together) {
      const own = files.slice(from, from + together);
      keys.push(...(await Promise.all(own.map(async (file) => cache.keyOf(await file.bytes())))));
    }
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
  return cache.keyOfAll(keys);
}

/** Means that were kept from before, and whether there were some that are damaged. */
interface KeptMeans {
  readonly means?: Float32Array | undefined;
  readonly damaged: boolean;
}

const none: KeptMeans = { damaged: false };

async function keptMeans(cache: FeatureCache, key: string, count: number): Promise<KeptMeans> {
  try {
    return { means: await cache.readMeans(key, count), damaged: false };
  } catch (error) {
    if (error instanceof DataError) return { damaged: true };
    throw error;
  }
}
