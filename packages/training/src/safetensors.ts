import { DataError } from "@timestep/base";
import { type Values } from "@timestep/core";
import { checkTensorName, parseHeader } from "./safetensors-header.js";

/** Weights by path, and free text beside them. */
export interface SafetensorsContent {
  readonly weights: Map<string, Values>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Weights as a safetensors file: eight bytes with the header's length, a JSON header that gives dtype, shape and place
 * of every tensor, then the values (float32, little-endian) without gaps.
 *
 * The header is padded with spaces so that the values start on a multiple of eight bytes. The same weights and
 * metadata in the same order give the same bytes.
 *
 * @throws {DataError} MODEL_NAME for a name that readers refuse, MODEL_SIZE when values do not fill their shape.
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(
  weights: ReadonlyMap<string, Values>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let end = 0;
  for (const [name, { shape, data }] of weights) {
    checkTensorName(name, "the weights to save");
    if (data.length !== shape.reduce((product, size) => product * size, 1)) {
      throw new DataError("MODEL_SIZE", `"${name}" [${shape.join(", ")}] has ${data.length} values.`, {
        hint: "Give as many values as the product of the shape.",
      });
    }
    const start = end;
    end += data.byteLength;
    entries.push([name, { dtype: "F32", shape, data_offsets: [start, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  let offset = 8 + headerLength;
  for (const { data } of weights.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * Reads a safetensors file, trusting nothing in it: every length, offset, shape and name is checked against the
 * others and against the file's size before anything is copied.
 *
 * @param name the file's name for messages.
 * @throws {DataError} MODEL_TRUNCATED, MODEL_HEADER, MODEL_NAME, MODEL_DUPLICATE, MODEL_DTYPE, MODEL_SHAPE,
 *   MODEL_OFFSETS or MODEL_METADATA, saying what is wrong and where.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsContent {
  const { tensors, metadata, dataStart } = parseHeader(bytes, name);
  const weights = new Map<string, Values>();
  for (const tensor of tensors) {
    const from = dataStart + tensor.start;
    const copy = new Uint8Array(tensor.end - tensor.start); // `slice` would share the memory of a Node Buffer
    copy.set(bytes.subarray(from, from + copy.length));
    weights.set(tensor.name, {
      shape: tensor.shape,
      data: new Float32Array(copy.buffer, 0, copy.length / 4),
    });
  }
  return { weights, metadata };
}
