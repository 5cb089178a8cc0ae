import { DataError } from "@timestep/base";
import { type DataFile, sha256 } from "./source.js";

/** A text file together with the checksum of the bytes as stored (before unpacking). */
export interface TextFile {
  readonly text: string;
  readonly sha256: string;
}

/**
 * Reads a text file: unpacks gzip, insists on UTF-8, drops a byte order mark, and turns CRLF and CR into LF.
 *
 * @throws {DataError} DATA_GZIP when a gzip file is cut short or damaged.
 * @throws {DataError} DATA_ENCODING at the first byte that is not UTF-8, with its offset and line.
 */
export async function readText(file: DataFile): Promise<string> {
  return decodeText(await unpack(file, await file.bytes()), file.name);
}

/** {@link readText} and the checksum of the file, reading the bytes once. */
export async function readTextFile(file: DataFile): Promise<TextFile> {
  const bytes = await file.bytes();
  return { text: decodeText(await unpack(file, bytes), file.name), sha256: await sha256(bytes) };
}

/** The file's unpacked bytes, piece by piece, so that a large file is never held twice. */
export async function* unpackedChunks(file: DataFile): AsyncGenerator<Uint8Array> {
  const bytes = await file.bytes();
  if (!isGzip(bytes)) {
    yield bytes;
    return;
  }
  const unpacked = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = unpacked.getReader();
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (cause) {
      throw new DataError("DATA_GZIP", `${file.name} is not a whole gzip file.`, {
        hint: "Copy it again, or unpack it with gunzip -t to see where it breaks.",
        cause,
      });
    }
    if (piece.done) return;
    yield piece.value as Uint8Array;
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpack(file: DataFile, bytes: Uint8Array): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of unpackedChunks({ name: file.name, bytes: () => Promise.resolve(bytes) })) {
    pieces.push(piece);
    size += piece.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function decodeText(bytes: Uint8Array, name: string): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // drops a byte order mark
  } catch (cause) {
    throw encodingError(bytes, name, cause);
  }
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

function encodingError(bytes: Uint8Array, name: string, cause: unknown): DataError {
  const first = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  if (first === 0xfffe || first === 0xfeff) {
    return new DataError(
      "DATA_ENCODING",
      `${name} is UTF-16 (its first two bytes say so); UTF-8 is expected.`,
      {
        hint: `Convert it, for example with: iconv -f UTF-16 -t UTF-8 ${name}`,
        cause,
      },
    );
  }
  const offset = invalidUtf8Offset(bytes);
  let line = 1;
  for (let i = 0; i < offset; i++)
    if (bytes[i] === 0x0a || (bytes[i] === 0x0d && bytes[i + 1] !== 0x0a)) line++;
  const byte = (bytes[offset] ?? 0).toString(16).padStart(2, "0");
  return new DataError(
    "DATA_ENCODING",
    `${name}, line ${line}: byte 0x${byte} at offset ${offset} is not valid UTF-8.`,
    {
      hint: "Save the file as UTF-8; if it is Latin-1, iconv -f LATIN1 -t UTF-8 converts it.",
      cause,
    },
  );
}

/**
 * Offset of the first byte that does not belong to a well-formed UTF-8 sequence, or the length when all do.
 * The ranges are those of table 3-7 of the Unicode Standard: no overlong forms, no surrogates, nothing past U+10FFFF.
 */
export function invalidUtf8Offset(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i] as number;
    if (lead < 0x80) {
      i++;
      continue;
    }
    const size =
      lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) === 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
    if (size === 0) return i;
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    const second = bytes[i + 1] ?? 0;
    if (second < low || second > high) return i;
    for (let k = 2; k < size; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return i;
    i += size;
  }
  return i;
}
