import { ConfigError, DataError } from "@timestep/base";
import { type DataFile } from "@timestep/data";
import sharp, { type Metadata, type Sharp } from "sharp";
import { type Picture } from "../picture.js";

/**
 * How a picture comes to its size. `cover`: scaled until it fills the size, and what stands over is cut off evenly at
 * both sides. `squeeze`: scaled in each direction on its own, so that all of it is seen and its shape changes.
 */
export type Fit = "cover" | "squeeze";

/** How pictures are read. */
export interface ReadPictureOptions {
  /** Pixels across; without width and height a picture keeps its own size. */
  readonly width?: number;
  /** Pixels down. */
  readonly height?: number;
  /** Default `cover`. */
  readonly fit?: Fit;
  /** Pictures with more pixels than this are refused before they are decoded; default 50 million. */
  readonly maxPixels?: number;
}

/** Pixels of the largest picture that is decoded unless the caller says otherwise. */
const mostPixels = 50_000_000;

/** First bytes of the formats that are read. */
const signatures: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  jpeg: (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]),
  png: (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  webp: (bytes) =>
    startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50]),
};

/**
 * Decodes a JPEG, PNG or WebP picture to red, green and blue bytes, of a given size or its own.
 *
 * It is turned as its EXIF orientation says, what is transparent shows white, grey pictures get three equal channels,
 * other colours and depths become 8-bit sRGB, and of moving pictures the first is taken. A picture that has the size
 * already is not resampled; others are with Lanczos' filter.
 *
 * @throws {ConfigError} PICTURE_SIZE when width, height or maxPixels is no whole number from 1, or width or
 *   height is given alone.
 * @throws {DataError} PICTURE_FORMAT when the bytes are none of the three formats, PICTURE_TOO_LARGE when the header
 *   names more than `maxPixels`, PICTURE_DAMAGED when it cannot be decoded to its end. All name the file.
 */
export async function readPicture(file: DataFile, options: ReadPictureOptions = {}): Promise<Picture> {
  const { fit = "cover", maxPixels = mostPixels } = options;
  const size = checkedSize(options);
  const bytes = await file.bytes();
  await readHeader(file.name, bytes, maxPixels);
  try {
    let picture = decoder(bytes).autoOrient().flatten({ background: "#ffffff" });
    if (size !== undefined) picture = picture.resize({ ...size, fit: fit === "cover" ? "cover" : "fill" });
    const { data, info } = await picture
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    if (info.channels === 3) return { name: file.name, width: info.width, height: info.height, pixels };
    throw new Error(`it has ${info.channels} channels`);
  } catch (cause) {
    throw damaged(file.name, cause);
  }
}

/**
 * The size of a JPEG, PNG or WebP picture as its header says it, before it is turned; it is not decoded.
 *
 * @throws {ConfigError} PICTURE_SIZE; {DataError} PICTURE_FORMAT, PICTURE_TOO_LARGE, PICTURE_DAMAGED as `readPicture`.
 */
export async function pictureSize(
  file: DataFile,
  options: Pick<ReadPictureOptions, "maxPixels"> = {},
): Promise<{ width: number; height: number }> {
  checkedSize(options);
  return readHeader(file.name, await file.bytes(), options.maxPixels ?? mostPixels);
}

function checkedSize(options: ReadPictureOptions): { width: number; height: number } | undefined {
  const { width, height, maxPixels = 1 } = options;
  for (const [name, value] of Object.entries({ width, height, maxPixels })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new ConfigError("PICTURE_SIZE", `${name} must be a whole number from 1, got ${value}.`);
  }
  if (width !== undefined && height !== undefined) return { width, height };
  if (width === undefined && height === undefined) return undefined;
  throw new ConfigError("PICTURE_SIZE", "width and height must be given together, or neither.", {
    hint: "Leave both out to keep each picture's own size.",
  });
}

/** Reads a header and nothing else: a small file may claim a picture that fills all memory. */
async function readHeader(
  name: string,
  bytes: Uint8Array,
  maxPixels: number,
): Promise<{ width: number; height: number }> {
  checkFormat(name, bytes);
  let header: Metadata;
  try {
    header = await decoder(bytes).metadata();
  } catch (cause) {
    throw damaged(name, cause);
  }
  const { width, height } = header;
  if (width * height <= maxPixels) return { width, height };
  throw new DataError(
    "PICTURE_TOO_LARGE",
    `"${name}" has ${width}×${height} pixels; at most ${maxPixels} are read.`,
    { hint: "Make it smaller first, or raise maxPixels." },
  );
}

function decoder(bytes: Uint8Array): Sharp {
  // The limit is checked on the header, with an error of our own.
  return sharp(bytes, { failOn: "error", limitInputPixels: false });
}

function checkFormat(name: string, bytes: Uint8Array): void {
  if (Object.values(signatures).some((is) => is(bytes))) return;
  const begin =
    bytes.length === 0
      ? "it is empty"
      : `it begins with ${Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
  throw new DataError("PICTURE_FORMAT", `"${name}" is no JPEG, PNG or WebP picture: ${begin}.`, {
    hint: "The content counts, not the ending of the name. Convert it, or leave it out.",
  });
}

function damaged(name: string, cause: unknown): DataError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\s+/g, " ");
  return new DataError("PICTURE_DAMAGED", `"${name}" cannot be decoded: ${reason}.`, {
    cause,
    hint: "Copy or download it again, or leave it out.",
  });
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
