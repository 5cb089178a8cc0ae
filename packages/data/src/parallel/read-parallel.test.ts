import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type DataSource, memorySource } from "../io/source.js";
import { requirePairs } from "./parallel-corpus.js";
import { type ParallelOptions, readParallelCorpus } from "./read-parallel.js";

const texts = async (
  files: Readonly<Record<string, string | Uint8Array>>,
  options?: ParallelOptions,
  split = "train",
): Promise<[string, string, number][]> => {
  const corpus = await readParallelCorpus(memorySource("toy", files), options);
  return requirePairs(corpus, split).map(({ source, target, where }) => [source, target, where.source.line]);
};
const read = (files: Readonly<Record<string, string | Uint8Array>>, options?: ParallelOptions) =>
  readParallelCorpus(memorySource("toy", files), options);

const EXPECTED = [
  ["a dog", "ein Hund", 1],
  ["two cats", "zwei Katzen", 2],
];

describe("two files", () => {
  it.each([
    ["train.en", "train.de"],
    ["train.en.gz", "train.de.gz"],
    ["corpus/train.en.txt", "corpus/train.de.txt"],
    ["train/news.de-en.en", "train/news.de-en.de"],
  ])("pairs the lines of %s and %s", async (english, german) => {
    const store = (text: string): string | Uint8Array => (english.endsWith("gz") ? gzipSync(text) : text);
    const files = { [german]: store("ein Hund\r\nzwei Katzen\r\n"), [english]: store("a dog\ntwo cats") };
    expect(await texts(files, { from: "en", to: "de" })).toEqual(EXPECTED);
    const back = await read(files);
    expect(back.languages).toEqual({ from: "de", to: "en" }); // alphabetical
    expect(Object.keys(back.checksums).sort()).toEqual([german, english].sort());
  });

  const three = { "train.en": "a\n", "train.de": "b\n", "train.fr": "c\n" };
  it("takes the two languages that are asked for out of three", async () => {
    expect(await texts(three, { from: "fr", to: "en" })).toEqual([["c", "a", 1]]);
  });

  it.each<ParallelOptions>([{}, { from: "en" }, { from: "en", to: "en" }, { from: "en", to: "cs" }])(
    "cannot choose two of three languages by %j",
    async (options) => {
      await expect(read(three, options)).rejects.toThrow("PARALLEL_LANGUAGES");
    },
  );

  it("names files and counts when lines are missing", async () => {
    await expect(read({ "train.en": "a\nb\nc\n", "train.de": "x\ny\n" })).rejects.toThrow(
      "PARALLEL_LINES: train.de has 2 lines and train.en has 3;",
    );
  });

  it("names file and line of what is not UTF-8", async () => {
    const bad = Uint8Array.from([0x61, 0x0a, 0xfc, 0x0a]);
    await expect(read({ "train.en": "a\nb\n", "train.de": bad })).rejects.toThrow("train.de, line 2");
  });

  it("says which file lacks its other half", async () => {
    const corpus = await read({ "train.en": "a\n", "train.de": "b\n", "dev.en": "c\n" });
    expect(corpus.warnings).toEqual(["dev.en was left out: there is no dev.de beside it."]);
  });
});

describe("splits", () => {
  const pair = (stem: string, text: string): Record<string, string> => ({
    [`${stem}.en`]: `${text}\n`,
    [`${stem}.de`]: `${text}\n`,
  });

  it("follow from names; the first test set is the official one, and all have their names", async () => {
    const corpus = await read({
      ...pair("test_2017_flickr", "later"),
      ...pair("val", "v"),
      ...pair("train", "t"),
      ...pair("test_2016_flickr", "first"),
    });
    expect(Object.keys(corpus.splits)).toEqual([
      "train",
      "dev",
      "test",
      "test_2016_flickr",
      "test_2017_flickr",
    ]);
    expect(requirePairs(corpus, "test")[0]?.source).toBe("first");
    expect(requirePairs(corpus, "test_2017_flickr")[0]?.source).toBe("later");
    expect(() => requirePairs(corpus, "test_2018")).toThrow(
      "DATA_SPLIT_MISSING: \"toy\" has no split \"test_2018\"; it has train (1 pairs)", // prettier-ignore
    );
    expect(() => requirePairs(corpus, "constructor")).toThrow("DATA_SPLIT_MISSING");
  });

  it("take a file that is called test for the official one", async () => {
    const corpus = await read({ ...pair("newstest.test", "other"), ...pair("test", "official") });
    expect(requirePairs(corpus, "test")[0]?.source).toBe("official");
  });

  it("must not be there twice", async () => {
    await expect(read({ ...pair("val", "a"), ...pair("dev", "b") })).rejects.toThrow("DATA_SPLIT_TWICE");
  });

  it("of a lone file are train, what was said, or a division", async () => {
    const table = Array.from({ length: 200 }, (_, i) => `word${i}\tWort${i}\n`).join("");
    const files = { "cmn.txt": `${table}\tleer\n` };
    expect(Object.keys((await read(files)).splits)).toEqual(["train"]);
    expect(Object.keys((await read(files, { split: "test" })).splits)).toEqual(["test"]);
    const divided = await read(files, { divide: { dev: 0.1, test: 0.2 } });
    expect(Object.keys(divided.splits)).toEqual(["train", "dev", "test"]);
    expect(Object.values(divided.splits).flatMap((pairs) => pairs ?? [])).toHaveLength(200);
    expect(divided.warnings).toEqual([
      "cmn.txt: 1 pair with an empty side was left out (first: cmn.txt, line 201).",
    ]);
  });
});

describe("tables and JSON lines", () => {
  const tsv = "a dog\tein Hund\tby me\ntwo cats\tzwei Katzen\tby you\n";
  it.each<[string, Record<string, string | Uint8Array>, ParallelOptions]>([
    ["tabs", { "train.tsv": tsv }, {}],
    ["tabs known by content, gzipped", { "cmn.txt.gz": gzipSync(tsv) }, {}],
    ["columns by name", { "x.tsv": tsv }, { columns: ["en", "de"], from: "en", to: "de" }],
    ["columns by number", { "x.tsv": tsv }, { from: "1", to: "2" }],
    ["the other column by itself", { "x.tsv": tsv }, { to: "2" }],
  ])("%s", async (_name, files, options) => {
    expect(await texts(files, options)).toEqual(EXPECTED);
  });

  it.each<[string, Record<string, string>]>([
    ["headings", { "train.tsv": "source\ttarget\na dog\tein Hund\n", "dev.tsv": "source\ttarget\nx\ty\n" }],
    [
      "keys",
      {
        "train.jsonl": '{"source":"a dog","target":"ein Hund"}\n',
        "dev.jsonl": '{"source":"x","target":"y"}\n',
      },
    ],
  ])("takes source and target as %s for the languages that are asked for", async (_name, files) => {
    for (const options of [{ from: "en", to: "de" }, { to: "de" }]) {
      const { languages, splits } = await read(files, options);
      expect(languages).toEqual({ from: "source", ...options });
      expect(splits["train"]).toMatchObject([{ source: "a dog", target: "ein Hund" }]);
      expect(splits["dev"]).toMatchObject([{ source: "x", target: "y" }]);
    }
  });

  it.each<[string, Record<string, string>, ParallelOptions]>([
    ["headings", { "x.tsv": "id\tDE\ten\n1\tein Hund\ta dog\n" }, { from: "en", to: "de" }],
    ["source and target headings", { "x.tsv": "target\tsource\nein Hund\ta dog\n" }, {}],
    ["turned round by number", { "x.tsv": "\nein Hund\ta dog\n" }, { from: "2", to: "1" }],
    [
      "turned round by name",
      { "x.tsv": "\nein Hund\ta dog\n" },
      { columns: ["de", "en"], from: "en", to: "de" },
    ],
    ["source and target keys", { "x.jsonl": '\n{"target":"ein Hund","source":"a dog"}\n' }, {}],
    [
      "translation",
      { "x.jsonl": '\n{"id":3,"translation":{"de":"ein Hund","en":"a dog"}}\n' },
      { from: "en", to: "de" },
    ],
    ["translation, first key first", { x: '\n{"translation":{"en":"a dog","de":"ein Hund"}}\n' }, {}],
    ["languages as keys", { "x.jsonl": '\n{"de":"ein Hund","en":"a dog"}\n' }, { to: "de" }],
    ["headings and a number", { "x.tsv": "target\tsource\nein Hund\ta dog\n" }, { from: "2" }],
  ])("%s", async (_name, files, options) => {
    expect(await texts(files, { ...options, split: "dev" }, "dev")).toContainEqual(["a dog", "ein Hund", 2]);
  });

  it.each<[string, string, string, ParallelOptions]>([
    ["x.tsv", "a\tb\nc\n", "PARALLEL_FIELDS: x.tsv, line 2: 1 column, expected at least 2", {}],
    ["x.tsv", "a\tb\n", 'PARALLEL_COLUMNS: x.tsv: there is no column "fr"', { from: "fr" }],
    ["x.tsv", "a\tb\n", "PARALLEL_COLUMNS: x.tsv: columns 1 and 3", { to: "3" }],
    [
      "x.jsonl",
      '{"source":"a","target":"b"}\n{"source":"a"}',
      'JSONL_FIELD: x.jsonl, line 2: there is no "target"',
      {},
    ],
    ["x.jsonl", '{"translation":{"en":"a","de":3}}', "JSONL_FIELD: x.jsonl, line 1", {}],
    ["x.jsonl", '{"en":"a"', "JSONL_SYNTAX: x.jsonl, line 1", {}],
    ["x.txt", "just text\n", 'PARALLEL_FORMAT: "toy": x.txt starts with "just text', {}],
    ["x.tsv", "", "DATA_EMPTY", {}],
    ["README.md", "x", "DATA_EMPTY", {}],
    ["x.tsv", "a\tb\n", "PARALLEL_LIMIT", { maxCharacters: 0 }],
  ])("%s: %j fails with %s", async (file, content, message, options) => {
    await expect(read({ [file]: content }, options)).rejects.toThrow(message);
  });
});

describe("empty and long sentences", () => {
  const source: DataSource = memorySource("toy", {
    "train.en": `a\n\n${"long ".repeat(10)}\nb\n`,
    "train.de": "x\ny\nz\n \n",
    "test.en": `a\n\n${"long ".repeat(10)}\n`,
    "test.de": "x\ny\nz\n",
  });

  it("are left out of training with a count, and kept in order elsewhere", async () => {
    const corpus = await readParallelCorpus(source, { from: "en", to: "de", maxCharacters: 20 });
    expect(requirePairs(corpus, "train").map(({ source: text }) => text)).toEqual(["a"]);
    expect(requirePairs(corpus, "test").map(({ target }) => target)).toEqual(["x", "y", "z"]);
    expect(corpus.warnings.sort()).toEqual([
      "test.en and test.de: 1 pair with an empty side was kept (first: test.en, line 2).",
      "test.en and test.de: 1 pair with more than 20 characters on a side was kept (first: test.en, line 3).",
      "train.en and train.de: 1 pair with more than 20 characters on a side was left out (first: train.en, line 3).",
      "train.en and train.de: 2 pairs with an empty side were left out (first: train.en, line 2).",
    ]);
  });
});
