import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { type DataSource, memorySource } from "../io/source.js";
import { asSplit, requireSplit, splitOfPath, type TaggedCorpus } from "./corpus.js";
import { readTaggedCorpus, type TaggedOptions } from "./read-tagged.js";

const read = (files: Record<string, string | Uint8Array>, options?: TaggedOptions): Promise<TaggedCorpus> =>
  readTaggedCorpus(memorySource("toy", files), options);

const fails = (files: Record<string, string | Uint8Array>, code: string, ...parts: string[]): Promise<void> =>
  read(files).then(
    () => expect.fail(`expected ${code}`),
    (error: unknown) => {
      expect(error).toMatchObject({ name: "DataError", code });
      for (const part of parts) expect((error as Error).message).toContain(part);
    },
  );

describe("columns", () => {
  it("reads blanks and tabs, several sentences and document lines", async () => {
    const corpus = await read({
      "eng.train": "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n\n\nPeter NNP I-NP B-PER\n",
      "eng.testa": "New York\tB-LOC\n",
    });
    expect(corpus.format).toBe("columns");
    expect(corpus.splits.train).toEqual([
      { tokens: ["EU", "rejects"], tags: ["B-ORG", "O"], origin: { file: "eng.train", line: 3 } },
      { tokens: ["Peter"], tags: ["B-PER"], origin: { file: "eng.train", line: 7 } },
    ]);
    expect(corpus.splits.dev?.[0]?.tokens).toEqual(["New York"]);
    expect(corpus.warnings).toEqual([]);
    expect(Object.keys(corpus.checksums)).toEqual(["eng.train", "eng.testa"]);
  });

  it("takes CRLF, a byte order mark and a missing last line break as nothing special", async () => {
    const plain = await read({ "train.conll": "a B-x\nb I-x\n\nc O\n" });
    const odd = await read({ "train.conll": "\uFEFFa B-x\r\nb I-x\r\n\r\nc O" });
    expect(odd.splits).toEqual(plain.splits);
  });

  it("normalises every scheme to BIO", async () => {
    const expected = ["B-x", "I-x", "B-x", "O"];
    for (const tags of ["B-x I-x B-x O", "I-x I-x B-x O", "B-x E-x S-x O", "B-x L-x U-x O"]) {
      const text = tags.split(" ").map((tag, i) => `t${i} ${tag}\n`);
      expect((await read({ "train.txt": text.join("") })).splits.train?.[0]?.tags).toEqual(expected);
    }
  });

  it("repairs unknown transitions and says how many and where first", async () => {
    const corpus = await read({ "train.txt": "a B-x\n\nb O\nc I-x\nd I-y\n" });
    expect(corpus.splits.train?.[1]?.tags).toEqual(["O", "B-x", "B-y"]);
    expect(corpus.warnings).toHaveLength(1);
    expect(corpus.warnings[0]).toContain(
      "train.txt: 2 tags do not follow the BIO scheme (first: line 4, I-x after O)",
    );
  });

  it("skips comments only when asked to", async () => {
    await fails({ "train.txt": "#id 7\na O\n" }, "TAG_UNPARSABLE", "line 1");
    const corpus = await read({ "train.txt": "#id 7\na O\nb O\n" }, { comment: "#" });
    expect(corpus.splits.train?.[0]?.tokens).toEqual(["a", "b"]);
  });

  it("takes token and tag from the columns asked for", async () => {
    const corpus = await read({ "train.txt": "1 a B-x _\n2 b O _\n" }, { tokenColumn: 1, tagColumn: -2 });
    expect(corpus.splits.train?.[0]).toMatchObject({ tokens: ["a", "b"], tags: ["B-x", "O"] });
    await expect(read({ "train.txt": "a O\n" }, { tagColumn: 5 })).rejects.toMatchObject({
      code: "COLUMNS_OPTION",
    });
  });

  it("names file and line of bad input", async () => {
    await fails(
      { "train.txt": "a O\nb\n" },
      "COLUMNS_SHORT_LINE",
      "train.txt, line 2",
      '"b"',
      "expected 2, as line 1 has",
    );
    await fails({ "train.txt": "a\n" }, "COLUMNS_SHORT_LINE", "line 1", "at least 2");
    await fails({ "train.txt": "a O\nb c O\n" }, "COLUMNS_LONG_LINE", "line 2: 3 columns");
    await fails({ "train.txt": "a\tO\n\tO\n" }, "COLUMNS_EMPTY_FIELD", "line 2: the token is empty");
    await fails(
      { "train.txt": "a O\nb X-foo\n" },
      "TAG_UNPARSABLE",
      "train.txt, line 2",
      '"X-foo" (for "b")',
    );
    await fails({ "train.txt": "a S-x\nb U-x\n" }, "TAG_SCHEMES_MIXED", "train.txt");
    await fails({ "train.txt": "" }, "DATA_EMPTY", "train.txt");
    await fails({ "train.txt": " \n\t\n\n" }, "DATA_EMPTY", "train.txt");
    await fails({ "train.txt": Uint8Array.from([0x61, 0x20, 0x4f, 0x0a, 0xff]) }, "DATA_ENCODING", "line 2");
  });

  it("reads a sentence of 100,000 tokens", async () => {
    const count = 100_000;
    const text = Array.from({ length: count }, (_, i) => `t${i}\t${i % 3 === 0 ? "B-x" : "I-x"}\n`).join("");
    const [only, ...rest] = requireSplit(await read({ "train.txt": text }), "train");
    expect(rest).toEqual([]);
    expect(only?.tokens.length).toBe(count);
    expect(only?.tags.at(-1)).toBe("B-x");
  });
});

describe("ATIS folders", () => {
  const split = {
    "seq.in": "to new york\nfly\n",
    "seq.out": "O B-city I-city\nO\n",
    label: "flight\nflight#fare\n",
  };
  const folder = (files: Record<string, string>, name = "train"): Record<string, string> =>
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]));

  it("reads tokens, tags and intents by split", async () => {
    const corpus = await read({ ...folder(split, "valid"), ...folder(split), "README.txt": "about" });
    expect(corpus.format).toBe("atis");
    expect(Object.keys(corpus.splits)).toEqual(["train", "dev"]);
    expect(corpus.splits.dev).toEqual([
      {
        tokens: ["to", "new", "york"],
        tags: ["O", "B-city", "I-city"],
        intent: "flight",
        origin: { file: "valid/seq.in", line: 1 },
      },
      { tokens: ["fly"], tags: ["O"], intent: "flight#fare", origin: { file: "valid/seq.in", line: 2 } },
    ]);
  });

  it("does without intents where there is no label file", async () => {
    const corpus = await read(folder({ "seq.in": split["seq.in"], "seq.out": split["seq.out"] }));
    expect(corpus.splits.train?.[0]).not.toHaveProperty("intent");
  });

  it("names what does not fit together", async () => {
    await fails(
      folder({ ...split, "seq.out": "O B-city I-city\n" }),
      "ATIS_LINE_COUNT",
      "train/seq.in has 2 lines, train/seq.out has 1",
    );
    await fails(folder({ ...split, label: "a\nb\nc\n" }), "ATIS_LINE_COUNT", "train/label has 3");
    await fails(
      folder({ ...split, "seq.out": "O B-city I-city\nO O\n" }),
      "ATIS_TOKEN_COUNT",
      "line 2",
      "1 tokens",
      "2 tags",
    );
    await fails(
      folder({ ...split, "seq.in": "to new york\n\nfly\n", "seq.out": "O O O\n\nO\n", label: "a\nb\nc\n" }),
      "ATIS_BLANK_LINE",
      "train/seq.in, line 2",
    );
    await fails(folder({ ...split, label: "\nfare\n" }), "ATIS_BLANK_LINE", "train/label, line 1");
    await fails(
      folder({ ...split, "seq.out": "O B-city city\nO\n" }),
      "TAG_UNPARSABLE",
      "train/seq.out, line 1",
    );
    await fails(folder({ "seq.in": "a\n" }), "ATIS_FILE_MISSING", "train/seq.out");
    await fails(folder({ ...split, "seq.in": "" }), "DATA_EMPTY", "train/seq.in");
  });
});

describe("JSON lines", () => {
  it("reads tokens and tags, or a text and slots, with and without intents", async () => {
    const corpus = await read({
      "train.jsonl":
        '{"tokens":["to","Taipei"],"tags":["O","B-city"],"intent":"book"}\n\n' +
        '{"text":"I don\'t fly to New York.","slots":[{"type":"city","start":15,"end":23}],"id":9}\n',
    });
    expect(corpus.format).toBe("jsonl");
    expect(corpus.splits.train?.[0]).toEqual({
      tokens: ["to", "Taipei"],
      tags: ["O", "B-city"],
      intent: "book",
      origin: { file: "train.jsonl", line: 1 },
    });
    expect(corpus.splits.train?.[1]).toMatchObject({
      tokens: ["I", "do", "n't", "fly", "to", "New", "York", "."],
      tags: ["O", "O", "O", "O", "O", "B-city", "I-city", "O"],
      spans: expect.arrayContaining([{ start: 15, end: 18 }]) as unknown[],
      origin: { line: 3 },
    });
  });

  it("keeps neighbouring slots of one type apart, in whatever order they are listed", async () => {
    const slots = '[{"type":"c","start":2,"end":3},{"type":"c","start":0,"end":1}]';
    const corpus = await read({ "train.jsonl": `{"text":"a b","slots":${slots}}` });
    expect(corpus.splits.train?.[0]?.tags).toEqual(["B-c", "B-c"]);
  });

  it("names file, line and what is wrong", async () => {
    const line = (text: string): Record<string, string> => ({ "train.jsonl": `{"text":"ok"}\n${text}\n` });
    const slot = (start: unknown, end: unknown, more = ""): Record<string, string> =>
      line(
        `{"text":"to Taipei","slots":[{"type":"city","start":${String(start)},"end":${String(end)}}${more}]}`,
      );
    await fails(line("{"), "JSONL_SYNTAX", "train.jsonl, line 2");
    await fails(line("[1]"), "JSONL_FIELD", "line 2");
    await fails(line("{}"), "JSONL_FIELD", 'neither "tokens" nor "text"');
    await fails(line('{"text":"a","intent":3}'), "JSONL_FIELD", '"intent"');
    await fails(line('{"text":" "}'), "JSONL_FIELD", "no token");
    await fails(line('{"tokens":["a"],"tags":["O","O"]}'), "JSONL_TAG_COUNT", "1 tokens but 2 tags");
    await fails(line('{"tokens":["a",4],"tags":["O","O"]}'), "JSONL_FIELD", "4");
    await fails(line('{"tokens":["a"],"tags":["city"]}'), "TAG_UNPARSABLE", "line 2");
    await fails(slot(3, 7), "JSONL_SLOT_CUTS_TOKEN", 'city "Taip" (3..7)', '"Taipei" (3..9)');
    await fails(slot(1, 9), "JSONL_SLOT_CUTS_TOKEN", '"to" (0..2)');
    await fails(slot(3, 99), "JSONL_SLOT_RANGE", "3..99");
    await fails(slot(3, 3), "JSONL_SLOT_RANGE");
    await fails(slot(2, 3), "JSONL_SLOT_RANGE", "covers no token");
    await fails(slot('"3"', 9), "JSONL_FIELD", "whole numbers");
    await fails(slot(0, 9, ',{"type":"x","start":3,"end":9}'), "JSONL_SLOT_OVERLAP", "line 2");
    await fails({ "train.jsonl": "\n" }, "DATA_EMPTY");
  });
});

describe("sources", () => {
  it("names a missing split and lists those that are there", async () => {
    const corpus = await read({ "train.txt": "a O\n", "dev.txt": "a O\n" });
    expect(() => requireSplit(corpus, "test")).toThrow(
      /DATA_SPLIT_MISSING: "toy" has no test split; it has train \(1 examples\), dev/,
    );
    expect(requireSplit(corpus, "dev")).toHaveLength(1);
  });

  it("takes a lone file as the split that is asked for, unless its name says otherwise", async () => {
    expect(Object.keys((await read({ "mine.txt": "a O\n" })).splits)).toEqual(["train"]);
    expect(Object.keys((await read({ "mine.txt": "a O\n" }, { split: "test" })).splits)).toEqual(["test"]);
    expect(Object.keys((await read({ "dev.txt": "a O\n" }, { split: "test" })).splits)).toEqual(["dev"]);
  });

  it("recognises JSON lines in a lone file by what it holds", async () => {
    expect((await read({ "mine.txt": '{"text":"a"}\n' })).format).toBe("jsonl");
  });

  it("warns of files it leaves out, and refuses to guess", async () => {
    const corpus = await read({ "train.txt": "a O\n", "notes.txt": "hello\n" });
    expect(corpus.warnings).toEqual([expect.stringContaining("notes.txt was left out")]);
    await fails({ "a.txt": "a O\n", "b.txt": "a O\n" }, "DATA_NO_SPLIT", "a.txt, b.txt");
    await fails(
      { "train.txt": "a O\n", "train.conll": "a O\n" },
      "DATA_SPLIT_TWICE",
      "train.txt",
      "train.conll",
    );
    await fails({}, "DATA_EMPTY", "toy");
    await expect(read({ "train.txt": "a O\n" }, { format: "xml" as "atis" })).rejects.toMatchObject({
      code: "DATA_FORMAT",
    });
  });

  it("tells splits by name", () => {
    expect(splitOfPath("wnut17train.conll")).toBe("train");
    expect(splitOfPath("emerging.dev.conll")).toBe("dev");
    expect(splitOfPath("emerging.test.annotated")).toBe("test");
    expect(splitOfPath("valid/seq.in")).toBe("dev");
    expect(splitOfPath("eng.testb")).toBe("test");
    expect(splitOfPath("contest.txt")).toBeUndefined();
    expect(splitOfPath("train-dev.txt")).toBeUndefined();
  });
});

const corpora = process.env["TIMESTEP_DATA"];

/** A folder below TIMESTEP_DATA as a source. */
async function folder(name: string): Promise<DataSource> {
  const root = `${corpora as string}/${name}`;
  const paths = await readdir(root, { recursive: true });
  const names = paths
    .filter((path) => /\.|label|annotated/.test(path))
    .map((path) => path.replaceAll("\\", "/"));
  return { name, files: names.map((file) => ({ name: file, bytes: () => readFile(`${root}/${file}`) })) };
}

describe("asSplit", () => {
  it("knows three names and says which", () => {
    expect(["train", "dev", "test"].map(asSplit)).toEqual(["train", "dev", "test"]);
    expect(() => asSplit("valid")).toThrow(/SPLIT_UNKNOWN: no split is called "valid"[^]*train, dev or test/);
  });
});

describe("real corpora (set TIMESTEP_DATA to the folder that holds atis and wnut17)", () => {
  const counts = (corpus: TaggedCorpus): Record<string, number[]> =>
    Object.fromEntries(
      Object.entries(corpus.splits).map(([split, examples]) => [
        split,
        [
          examples.length,
          examples.reduce((sum, example) => sum + example.tokens.length, 0),
          examples.reduce(
            (sum, example) => sum + example.tags.filter((tag) => tag.startsWith("B-")).length,
            0,
          ),
        ],
      ]),
    );

  it.skipIf(corpora === undefined)("ATIS has its published counts", async () => {
    const corpus = await readTaggedCorpus(await folder("atis"));
    expect(counts(corpus)).toEqual({
      train: [4478, 50497, 14851],
      dev: [500, 5703, 1709],
      test: [893, 9164, 2837],
    });
    expect(corpus.warnings).toEqual([]);
    const train = requireSplit(corpus, "train");
    expect(new Set(train.flatMap((example) => example.tags)).size).toBe(120);
    expect(new Set(train.map((example) => example.intent)).size).toBe(21);
  });

  it.skipIf(corpora === undefined)("WNUT-17 has its published counts", async () => {
    const corpus = await readTaggedCorpus(await folder("wnut17"));
    expect(counts(corpus)).toEqual({
      train: [3394, 62730, 1975],
      dev: [1009, 15733, 836],
      test: [1287, 23394, 1079],
    });
    expect(corpus.warnings).toEqual([]);
  });
});
