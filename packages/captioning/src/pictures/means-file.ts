import { DataError } from "@timestep/base";
import { crc32 } from "node:zlib";

/** "TSGM" and the version of the format. */
const MAGIC = 0x5453474d;
const VERSION = 1;
const HEADER_BYTES = 16;

/**
 * Means of features of many pictures as a file: a header (magic, version, count of numbers, CRC-32 of what follows; four
 * bytes each), then the numbers as floats. All little-endian.
 */
export function encodeMeans(means: Float32Array): Uint8Array {
  const file = new Uint8Array(HEADER_BYTES + 4 * means.length);
  const view = new DataView(file.buffer);
  for (let i = 0; i < means.length; i++) view.setFloat32(HEADER_BYTES + 4 * i, means[i] as number, true);
  const header = [MAGIC, VERSION, means.length, crc32(file.subarray(HEADER_BYTES))];
  header.forEach((value, i) => {
    view.setUint32(4 * i, value, true);
  });
  return file;
}

/**
 * Reads what `encodeMeans` wrote.
 *
 * @throws {DataError} FEATURES_DAMAGED, naming the file, when it is anything else, cut short, changed, or not `count`
 *   numbers.
 */
export function decodeMeans(name: string, file: Uint8Array, count: number): Float32Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const damaged = (what: string): DataError =>
    new DataError("FEATURES_DAMAGED", `"${name}" is no file of means: ${what}.`, {
      hint: "Remove it; it is made again from the features of its pictures.",
    });
  if (file.length !== HEADER_BYTES + 4 * count) throw damaged(`it has ${file.length} bytes`);
  const [magic, version, length, sum] = [0, 4, 8, 12].map((at) => view.getUint32(at, true));
  if (magic !== MAGIC || version !== VERSION || length !== count) throw damaged("it begins otherwise");
  if (sum !== crc32(file.subarray(HEADER_BYTES))) throw damaged("it was changed");
  const means = new Float32Array(count);
  for (let i = 0; i < count; i++) means[i] = view.getFloat32(HEADER_BYTES + 4 * i, true);
  return means;
}
