import { ConfigError } from "@timestep/base";
import { sha256 } from "@timestep/data";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type GridFeatures } from "../features/grid-features.js";
import { type MobileNet } from "../mobilenet/mobilenet.js";
import { decodeFeatures, encodeFeatures } from "./feature-file.js";
import { decodeMeans, encodeMeans } from "./means-file.js";
import { type Fit } from "./read-picture.js";

/**
 * Features of pictures in a folder, one file each, called by what they come from: SHA-256 over the picture's bytes, the
 * network's fingerprint and how the picture comes to its size. A picture that is renamed or moved keeps its features;
 * one that changes gets new ones. Means of many pictures may lie together in a file beside them.
 */
export class FeatureCache {
  private constructor(
    readonly folder: string,
    private readonly source: string,
  ) {}

  /**
   * Opens a folder for the features of one network; it is made where it is missing.
   *
   * @throws {ConfigError} FEATURES_FOLDER when it cannot be made.
   */
  static async open(folder: string, network: MobileNet, fit: Fit): Promise<FeatureCache> {
    try {
      await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw new ConfigError("FEATURES_FOLDER", `"${folder}" cannot be made: ${String(cause)}.`, {
        cause,
        hint: "Name a folder in a place where you may write.",
      });
    }
    const { width, height } = network.inputSize;
    return new FeatureCache(folder, `${network.fingerprint} ${width}x${height} ${fit}`);
  }

  /** The name of the file for a picture's bytes. */
  async keyOf(picture: Uint8Array): Promise<string> {
    return sha256(new TextEncoder().encode(`${await sha256(picture)} ${this.source}`));
  }

  /** @throws {DataError} FEATURES_DAMAGED when there is a file and it is not whole; undefined when there is none. */
  async read(key: string): Promise<GridFeatures | undefined> {
    const path = this.path(key);
    const bytes = await bytesOf(path);
    return bytes === undefined ? undefined : decodeFeatures(path, bytes);
  }

  write(key: string, features: GridFeatures): Promise<void> {
    return this.replace(this.path(key), encodeFeatures(features));
  }

  /** The name of the file for the means of several pictures, in their order, by their own keys. */
  keyOfAll(keys: readonly string[]): Promise<string> {
    return sha256(new TextEncoder().encode(keys.join(" ")));
  }

  /**
   * Means of several pictures, one after the other.
   *
   * @throws {DataError} FEATURES_DAMAGED when there is a file and it is not `count` numbers; undefined when there is none.
   */
  async readMeans(key: string, count: number): Promise<Float32Array | undefined> {
    const path = this.meansPath(key);
    const bytes = await bytesOf(path);
    return bytes === undefined ? undefined : decodeMeans(path, bytes, count);
  }

  writeMeans(key: string, means: Float32Array): Promise<void> {
    return this.replace(this.meansPath(key), encodeMeans(means));
  }

  /** Writes beside and renames: whoever reads, now or after a crash, finds the whole file or none. */
  private async replace(path: string, bytes: Uint8Array | Promise<Uint8Array>): Promise<void> {
    const beside = join(this.folder, `.${basename(path)}.${randomUUID()}`);
    try {
      await writeFile(beside, await bytes);
      await rename(beside, path);
    } catch (cause) {
      await rm(beside, { force: true });
      throw cause;
    }
  }

  private path(key: string): string {
    return join(this.folder, `${key}.features`);
  }

  private meansPath(key: string): string {
    return join(this.folder, `${key}.means`);
  }
}

/** The content of a file; undefined when there is none. */
async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
