import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError } from "@timestep/base";
import { usageError } from "./failure.js";
import { type ProgramIo } from "./io.js";
import { type InputItem } from "./program.js";

/**
 * What `predict` is asked about: each argument one input, or the lines of `--input FILE`, or with `-` those of stdin.
 *
 * @throws {ConfigError} USAGE when there is no input, or more than one kind; {DataError} INPUT_NOT_FOUND for a file
 *   that cannot be read.
 */
export async function openInputs(
  io: ProgramIo,
  words: readonly string[],
  file: string | undefined,
): Promise<AsyncIterable<InputItem>> {
  if (file !== undefined) {
    if (words.length > 0) {
      throw usageError(
        `--input ${file} and "${words.join(" ")}" are both given.`,
        "Give inputs as arguments or in a file.",
      );
    }
    return fileLines(io, file, `--input ${file}`);
  }
  if (words.length === 1 && words[0] === "-") return lines(io.stdin, "stdin");
  if (words.includes("-")) throw usageError('"-" (stdin) stands alone.', "Leave out the other inputs.");
  if (words.length === 0) {
    throw usageError(
      "nothing to predict.",
      "Give inputs as arguments, --input FILE, or - for lines of stdin.",
    );
  }
  return listed(words);
}

/**
 * The lines of a file, or of stdin for `-`.
 *
 * @param name What errors call the file.
 * @throws {DataError} INPUT_NOT_FOUND for a file that cannot be read.
 */
export async function fileLines(io: ProgramIo, file: string, name = file): Promise<AsyncIterable<InputItem>> {
  if (file === "-") return lines(io.stdin, "stdin");
  const path = resolve(io.cwd, file);
  await checkReadable(path, name);
  return lines(createReadStream(path), file);
}

async function checkReadable(path: string, name: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new DataError("INPUT_NOT_FOUND", `${name}: no such file.`, {
      hint: "Give a text file with one input a line.",
      cause,
    });
  });
  if (found.isDirectory()) {
    throw new DataError("INPUT_NOT_FOUND", `${name} is a folder.`, {
      hint: "Give a text file with one input a line.",
    });
  }
}

function listed(words: readonly string[]): AsyncIterable<InputItem> {
  return {
    [Symbol.asyncIterator]() {
      let index = 0;
      return {
        next: () => {
          const text = words[index++];
          if (text === undefined) return Promise.resolve({ done: true, value: undefined });
          return Promise.resolve({
            done: false,
            value: { text, origin: { file: "arguments", line: index } },
          });
        },
      };
    },
  };
}

/**
 * The lines of a stream as they arrive, without their line ends. An empty line is an input too, so that outputs keep
 * the numbering of inputs; the end of the last line begins no further one.
 *
 * @throws {DataError} INPUT_ENCODING at the first line that is not UTF-8.
 */
export async function* lines(stream: AsyncIterable<unknown>, file: string): AsyncGenerator<InputItem> {
  let pieces: Uint8Array[] = []; // of the line that has not ended yet
  let line = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Uint8Array);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      pieces.push(bytes.subarray(start, end));
      yield decodeLine(pieces, file, ++line);
      pieces = [];
      start = end + 1;
    }
    if (start < bytes.length) pieces.push(bytes.subarray(start));
  }
  if (pieces.length > 0) yield decodeLine(pieces, file, ++line);
}

function decodeLine(pieces: readonly Uint8Array[], file: string, line: number): InputItem {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: line !== 1 }).decode(Buffer.concat(pieces));
  } catch (cause) {
    throw new DataError("INPUT_ENCODING", `${file}:${line}: the line is not UTF-8.`, {
      hint: "Convert the text, for instance with: iconv -f LATIN1 -t UTF-8",
      cause,
    });
  }
  return { text: text.endsWith("\r") ? text.slice(0, -1) : text, origin: { file, line } };
}
