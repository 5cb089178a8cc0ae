import { DataError } from "@timestep/base";
import { deflate, inflate } from "node:zlib";
import { promisify } from "node:util";
import { type GridFeatures } from "../features/grid-features.js";

const compress = promisify(deflate);
const expand = promisify(inflate);

/** "TSGF" and the version of the format. */
const MAGIC = 0x54534746;
const VERSION = 1;
const HEADER_BYTES = 32;
/** A grid larger than this is a damaged header. */
const LARGEST_GRID = 1 << 26;

/**
 * Features of one picture as a file: a header (magic, version, height, width, channels as whole numbers of four bytes,
 * the step as eight), then grid and means, compressed by zlib. Many features are zero, so this takes well under half of
 * their bytes; zlib's checksum finds damage.
 */
export async function encodeFeatures({ shape, grid, step, pooled }: GridFeatures): Promise<Uint8Array> {
  const body = new Uint8Array(grid.length + 4 * pooled.length);
  body.set(grid);
  const means = new DataView(body.buffer, grid.length);
  pooled.forEach((value, i) => {
    means.setFloat32(4 * i, value, true);
  });
  const packed = await compress(body, { level: 1 });
  const file = new Uint8Array(HEADER_BYTES + packed.length);
  const header = new DataView(file.buffer);
  [MAGIC, VERSION, ...shape].forEach((value, i) => {
    header.setUint32(4 * i, value, true);
  });
  header.setFloat64(24, step, true);
  file.set(packed, HEADER_BYTES);
  return file;
}

/**
 * Reads what `encodeFeatures` wrote.
 *
 * @throws {DataError} FEATURES_DAMAGED, naming the file, when it is anything else, cut short or changed.
 */
export async function decodeFeatures(name: string, file: Uint8Array): Promise<GridFeatures> {
  const damaged = (what: string, cause?: unknown): DataError =>
    new DataError("FEATURES_DAMAGED", `"${name}" is no file of features: ${what}.`, {
      cause,
      hint: "Remove it; it is made again from its picture.",
    });
  if (file.length < HEADER_BYTES) throw damaged(`it has ${file.length} bytes`);
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [magic, version, height, width, channels] = Array.from({ length: 5 }, (_, i) =>
    header.getUint32(4 * i, true),
  ) as [number, number, number, number, number];
  if (magic !== MAGIC || version !== VERSION) throw damaged("it begins otherwise");
  const [size, step] = [height * width * channels, header.getFloat64(24, true)];
  if (size < 1 || size > LARGEST_GRID || !(step > 0 && step < Infinity))
    throw damaged("its header is damaged");
  const expected = size + 4 * channels;
  let body: Uint8Array;
  try {
    body = await expand(file.subarray(HEADER_BYTES), { maxOutputLength: expected });
  } catch (cause) {
    throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (body.length !== expected) throw damaged(`it holds ${body.length} of ${expected} bytes`);
  const means = new DataView(body.buffer, body.byteOffset + size, 4 * channels);
  return {
    shape: [height, width, channels],
    grid: Uint8Array.from(body.subarray(0, size)),
    step,
    pooled: Float32Array.from({ length: channels }, (_, i) => means.getFloat32(4 * i, true)),
  };
}
