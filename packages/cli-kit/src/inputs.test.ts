import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryIo } from "./fixtures/memory-io.js";
import { workplace } from "./fixtures/workplace.js";
import { lines, openInputs } from "./inputs.js";
import { type InputItem } from "./program.js";

async function collect(items: AsyncIterable<InputItem>): Promise<InputItem[]> {
  const all: InputItem[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("lines", () => {
  it("numbers lines, keeps empty ones and drops line ends and a byte order mark", async () => {
    const stream = Readable.from([Buffer.from("\uFEFFone\r\n\nthree")]);
    expect(await collect(lines(stream, "a.txt"))).toEqual([
      { text: "one", origin: { file: "a.txt", line: 1 } },
      { text: "", origin: { file: "a.txt", line: 2 } },
      { text: "three", origin: { file: "a.txt", line: 3 } },
    ]);
  });

  it("does not depend on how the bytes arrive", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" })),
        fc.array(fc.nat(20)),
        async (texts, cuts) => {
          const rows = texts.map((text) => text.replace(/[\r\n\uFEFF]/g, ""));
          const bytes = Buffer.from(rows.map((row) => `${row}\n`).join(""));
          const pieces: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) pieces.push(bytes.subarray(at, (at += cut)));
          pieces.push(bytes.subarray(at));
          const read = await collect(lines(Readable.from(pieces.filter((piece) => piece.length > 0)), "x"));
          expect(read.map(({ text }) => text)).toEqual(rows);
        },
      ),
    );
  });

  it("names the line that is not UTF-8", async () => {
    const stream = Readable.from([Buffer.from("fine\n"), Buffer.from([0x63, 0xe9, 10])]);
    await expect(collect(lines(stream, "a.txt"))).rejects.toThrow(
      "INPUT_ENCODING: a.txt:2: the line is not UTF-8.",
    );
  });

  it("gives each line before the next has arrived", async () => {
    const stream = new Readable({ read: () => undefined });
    const items = lines(stream, "stdin");
    stream.push("first\n");
    expect((await items.next()).value).toMatchObject({ text: "first" });
    stream.push("second\n");
    expect((await items.next()).value).toMatchObject({ text: "second" });
    stream.push(null);
    expect((await items.next()).done).toBe(true);
  });
});

describe("openInputs", () => {
  it("takes each argument as one input", async () => {
    const items = await openInputs(memoryIo({ cwd: "/" }), ["arrive Taipei", "leave"], undefined);
    expect((await collect(items)).map(({ text, origin }) => [text, origin.line])).toEqual([
      ["arrive Taipei", 1],
      ["leave", 2],
    ]);
  });

  it("reads a file, and stdin for -", async () => {
    const cwd = workplace({ "in.txt": "a\nb\n" });
    const io = memoryIo({ cwd, stdin: "c\n" });
    expect((await collect(await openInputs(io, [], "in.txt"))).map(({ text }) => text)).toEqual(["a", "b"]);
    expect((await collect(await openInputs(io, ["-"], undefined))).map(({ text }) => text)).toEqual(["c"]);
  });

  it.each([
    [[], undefined, "USAGE: nothing to predict."],
    [["a", "-"], undefined, 'USAGE: "-" (stdin) stands alone.'],
    [["a"], "in.txt", 'USAGE: --input in.txt and "a" are both given.'],
    [[], "none.txt", "INPUT_NOT_FOUND: --input none.txt: no such file."],
    [[], ".", "INPUT_NOT_FOUND: --input . is a folder."],
  ])("refuses %j with --input %s", async (words, file, message) => {
    await expect(openInputs(memoryIo({ cwd: workplace() }), words, file)).rejects.toThrow(message);
  });
});
