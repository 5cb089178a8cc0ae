import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type DataSource, memorySource } from "../io/source.js";
import { requireSplit } from "./corpus.js";
import { type LabelledFormat } from "./labelled.js";
import { corpusFacts } from "./labelled-facts.js";
import { type LabelledOptions, readLabelledCorpus } from "./read-labelled.js";

const pairs = async (source: DataSource, options?: LabelledOptions): Promise<[string, string, number][]> => {
  const corpus = await readLabelledCorpus(source, options);
  return requireSplit(corpus, "train").map(({ text, label, where }) => [text, label, where.line]);
};
const lone = (name: string, content: string | Uint8Array): DataSource =>
  memorySource(name, { [name]: content });

describe("tables", () => {
  it.each([
    ["headings", "label\ttext\ngood\tso much fun\nbad\tno fun\n"],
    [
      "headings in another order, case and name",
      "Sentence\tid\tSentiment\nso much fun\t7\tgood\nno fun\t8\tbad\n",
    ],
    ["no headings, label first", "\ngood\tso much fun\nbad\tno fun\n"],
    ["no headings, label last", "\nso much fun\tgood\nno fun\tbad\n"],
  ])("finds the columns of tab-separated values: %s", async (_name, content) => {
    expect(await pairs(lone("x.tsv", content))).toEqual([
      ["so much fun", "good", 2],
      ["no fun", "bad", 3],
    ]);
  });

  it("takes the columns that are named, or counted where there are no headings", async () => {
    const content = "stars\ttext\tcomment\n5\tthe text\tthe comment\n";
    const named = { textColumn: "Comment", labelColumn: "stars" };
    expect(await pairs(lone("x.tsv", content), named)).toEqual([["the comment", "5", 2]]);
    const counted = { textColumn: "3", labelColumn: "1" };
    expect(await pairs(lone("x.tsv", "a\tb\tc\nd\te\tf\n"), counted)).toEqual([
      ["c", "a", 1],
      ["f", "d", 2],
    ]);
  });

  it("leaves quotes of tab-separated values alone", async () => {
    expect(await pairs(lone("x.tsv", 'label\ttext\ngood\t"quite so\n'))).toEqual([['"quite so', "good", 2]]);
  });

  it("reads quoted fields with commas, quotes and line ends, and counts lines by where records start", async () => {
    const content = 'text,label\r\n"well, ""fine""\r\nthen",good\r\n\r\nplain,bad\r\n';
    expect(await pairs(lone("x.csv", content))).toEqual([
      ['well, "fine"\nthen', "good", 2],
      ["plain", "bad", 5],
    ]);
  });

  it.each([
    ["x.csv", 'text,label\na,good\n"open,bad\nmore,good\n', "TABLE_CSV: x.csv, line 3: a quote opens"],
    ["x.csv", 'text,label\na "b,good\n', "TABLE_CSV: x.csv, line 2: a quote stands in the middle"],
    ["x.csv", 'text,label\n"a"b,good\n', "TABLE_CSV: x.csv, line 2: text follows"],
    [
      "x.csv",
      "text,label\na,b,good\n",
      "TABLE_FIELDS: x.csv, line 2: 3 fields, expected 2 fields as in line 1",
    ],
    ["x.tsv", "good\tso so\nbad\n", "TABLE_FIELDS: x.tsv, line 2: 1 fields"],
    [
      "x.tsv",
      "good\tfine\nbad\tpoor\n",
      'TABLE_COLUMNS: x.tsv: it is not clear which columns hold text and label; line 1 reads "good", "fine"',
    ],
    ["x.tsv", "a b\tc d\n", "TABLE_COLUMNS"],
    ["x.tsv", "a\tb c\td\n", "TABLE_COLUMNS"],
    ["x.tsv", "label\ttext\n\tso so\n", "LABELLED_NO_LABEL: x.tsv, line 2"],
    ["x.tsv", "label\ttext\n", "DATA_EMPTY: x.tsv"],
    ["x.tsv", "", "DATA_EMPTY: x.tsv"],
  ])("refuses %s with %j", async (name, content, message) => {
    await expect(readLabelledCorpus(lone(name, content))).rejects.toThrow(message);
  });
});

describe("JSON lines", () => {
  it("takes the usual keys, other keys by name, and labels that are numbers or truth values", async () => {
    const content =
      '{"text":"a b","label":"x"}\n\n{"sentence":"c","sentiment":1}\n{"text":"d","label":false}\n';
    expect(await pairs(lone("x.jsonl", content))).toEqual([
      ["a b", "x", 1],
      ["c", "1", 3],
      ["d", "false", 4],
    ]);
    const named = { textColumn: "body", labelColumn: "toString" };
    expect(await pairs(lone("x.jsonl", '{"body":"a","toString":"x","text":"b"}'), named)).toEqual([
      ["a", "x", 1],
    ]);
  });

  it.each([
    ["{", "JSONL_SYNTAX: x.jsonl, line 2"],
    ["[]", "JSONL_FIELD: x.jsonl, line 2: the line is no JSON object"],
    ['{"text":"a"}', "JSONL_FIELD: x.jsonl, line 2: none of the keys label, sentiment"],
    ['{"text":7,"label":"x"}', "the text is no string but number"],
    ['{"text":"a","label":null}', "the label is neither a string nor a number but null"],
  ])("refuses %s", async (line, message) => {
    const content = `{"text":"a","label":"x"}\n${line}\n`;
    await expect(readLabelledCorpus(lone("x.jsonl", content))).rejects.toThrow(message);
  });
});

describe("folders", () => {
  it("reads one text a file, labels and splits by folder, and names what has no label", async () => {
    const corpus = await readLabelledCorpus(
      memorySource("reviews", {
        "train/pos/1.txt": "so good<br /><br />again\n",
        "train/neg/1.txt": "so bad",
        "train/urls_pos.txt": "stray",
        "train/unsup/9.txt": "unknown",
        "test/pos/1.txt": "fine",
        "imdb.vocab": "the",
      }),
    );
    expect(corpus.format).toBe("folders");
    expect(corpus.labels).toEqual(["negative", "positive"]);
    expect(requireSplit(corpus, "train")).toEqual([
      { text: "so bad", label: "negative", where: { file: "train/neg/1.txt", line: 1 } },
      { text: "so good\n\nagain", label: "positive", where: { file: "train/pos/1.txt", line: 1 } },
    ]);
    expect(requireSplit(corpus, "test")).toHaveLength(1);
    expect(corpus.warnings).toEqual([expect.stringMatching(/^3 files were left out .*imdb\.vocab/)]);
    expect(Object.keys(corpus.checksums)).toEqual(["test/pos/", "train/neg/", "train/pos/"]);
  });

  it("takes any folder names as labels when asked, and everything as training where no split is named", async () => {
    const source = memorySource("mail", { "spam/1.txt": "buy", "ham/1.txt": "hello" });
    expect(await pairs(source, { format: "folders" })).toEqual([
      ["hello", "ham", 1],
      ["buy", "spam", 1],
    ]);
  });

  it("has a checksum that changes with a file", async () => {
    const sum = async (text: string): Promise<unknown> =>
      (await readLabelledCorpus(memorySource("x", { "pos/1.txt": text }))).checksums["pos/"];
    expect(await sum("a")).not.toBe(await sum("b"));
  });
});

describe("the table of movie reviews", () => {
  it("is recognised by its lines, and its breaks become line ends", async () => {
    const corpus = await readLabelledCorpus(
      memorySource("imdb", {
        "train.tsv.gz": gzipSync("0\t2\tneg/0\tbad<br /><br>worse\n1\t10\tpos/0\tgood\n"),
      }),
    );
    expect(corpus.format).toBe("imdb");
    expect(requireSplit(corpus, "train").map(({ text, label }) => [text, label])).toEqual([
      ["bad\n\nworse", "negative"],
      ["good", "positive"],
    ]);
  });

  it("names a line of another form", async () => {
    const source = lone("train.tsv", "0\t2\tneg/0\tbad\n2\t5\tx/1\tunsure\n");
    await expect(readLabelledCorpus(source)).rejects.toThrow("IMDB_LINE: train.tsv, line 2");
  });
});

describe("trees", () => {
  const source = memorySource("sst", {
    "train.txt": "(3 (2 It) (4 (2 's) (4 good)))\n(2 (2 so) (2 so))\n",
    "test.txt": "(0 awful)\n",
  });

  it("keep their labels, or become two or five classes", async () => {
    expect(await pairs(source)).toEqual([
      ["It's good", "3", 1],
      ["so so", "2", 2],
    ]);
    expect(await pairs(source, { treeLabels: "five" })).toEqual([
      ["It's good", "positive", 1],
      ["so so", "neutral", 2],
    ]);
    const two = await readLabelledCorpus(source, { treeLabels: "two" });
    expect(requireSplit(two, "train")).toEqual([
      {
        text: "It's good",
        label: "positive",
        tokens: ["It", "'s", "good"],
        where: { file: "train.txt", line: 1 },
      },
    ]);
    expect(two.labels).toEqual(["negative", "positive"]);
    expect(two.warnings).toEqual([
      "train.txt: 1 neutral text was left out, as two classes ask.",
      "test has 1 label that train lacks: negative.",
    ]);
  });

  it("give each different phrase of the training split, and roots elsewhere", async () => {
    const found = await pairs(source, { phrases: true });
    expect(found.map(([text, label]) => `${label}|${text}`)).toEqual([
      "2|It",
      "2|'s",
      "4|good",
      "4|'s good",
      "3|It's good",
      "2|so",
      "2|so so",
    ]);
    const corpus = await readLabelledCorpus(source, { phrases: true, treeLabels: "two" });
    expect(requireSplit(corpus, "test")).toHaveLength(1);
    expect(corpus.warnings[0]).toContain("5 neutral phrases were left out");
  });

  it("refuse labels outside 0 to 4 where classes are asked for", async () => {
    const odd = lone("x.ptb", "(7 (2 a) (1 b))");
    expect(await pairs(odd)).toEqual([["a b", "7", 1]]);
    await expect(readLabelledCorpus(odd, { treeLabels: "two" })).rejects.toThrow(
      'LABELLED_LABEL: x.ptb, line 1: the label "7" is none of 0, 1, 2, 3, 4',
    );
    await expect(readLabelledCorpus(lone("x.ptb", "(1 (2 a)"))).rejects.toThrow("TREE_OPEN: x.ptb, line 1");
  });
});

describe("choosing a format", () => {
  it.each<[string, string, LabelledFormat]>([
    ["train.txt", "(1 a)", "trees"],
    ["train.txt", '{"text":"a","label":"b"}', "jsonl"],
    ["train.txt", "label\ttext\na\tb", "tsv"],
    ["train.txt", "1\t10\tpos/3\tb", "imdb"],
    ["train.tsv", "1\t10\tpos/3\tb", "imdb"],
    ["train.tsv", "label\ttext\na\tb", "tsv"],
    ["train.CSV", "label,text\na,b", "csv"],
    ["train.ndjson.gz", '{"text":"a","label":"b"}', "jsonl"],
    ["train.trees", "(1 a)", "trees"],
  ])("%s with %j is %s", async (name, content, format) => {
    const bytes = name.endsWith(".gz") ? gzipSync(content) : content;
    expect((await readLabelledCorpus(lone(name, bytes))).format).toBe(format);
  });

  it("says which files it left out", async () => {
    const { warnings, splits } = await readLabelledCorpus(
      memorySource("mixed", {
        "train.csv": "label,text\na,b\n",
        "test.tsv": "label\ttext\na\tb\n",
        "extra.csv": "label,text\na,b\n",
      }),
    );
    expect(Object.keys(splits)).toEqual(["train"]);
    expect(warnings).toEqual([
      "test.tsv was left out: the other files are read as csv.",
      expect.stringContaining("extra.csv was left out"),
    ]);
  });

  it("gives up with the start of the file, and knows no other format", async () => {
    await expect(readLabelledCorpus(lone("x.txt", "just prose\n"))).rejects.toThrow(
      'LABELLED_FORMAT: "x.txt": x.txt starts with "just prose\\n"',
    );
    const odd = { format: "xml" as LabelledFormat };
    await expect(readLabelledCorpus(lone("x.txt", "a"), odd)).rejects.toThrow("DATA_FORMAT");
    await expect(readLabelledCorpus(memorySource("none", {}))).rejects.toThrow("DATA_EMPTY");
  });
});

describe("what is wrong with data", () => {
  const table = (rows: string): DataSource => lone("train.tsv", `label\ttext\n${rows}`);

  it("is a label outside the set", async () => {
    await expect(readLabelledCorpus(table("good\ta\nbda\tb\n"), { labels: ["good", "bad"] })).rejects.toThrow(
      'LABELLED_LABEL: train.tsv, line 3: the label "bda" is none of good, bad.',
    );
    const { labels } = await readLabelledCorpus(table("good\ta\n"), { labels: ["good", "bad"] });
    expect(labels).toEqual(["good", "bad"]);
  });

  it("are empty texts, left out and counted", async () => {
    const corpus = await readLabelledCorpus(table("good\ta\nbad\t\nbad\t \u00A0\ngood\tb\n"));
    expect(requireSplit(corpus, "train")).toHaveLength(2);
    expect(corpus.warnings).toEqual(["train.tsv: 2 empty texts were left out (first: train.tsv, line 3)."]);
  });

  it("is a megabyte in one line, kept and named", async () => {
    const long = "so good ".repeat(131_072).trim();
    const corpus = await readLabelledCorpus(table(`good\ta\ngood\t${long}\n`));
    expect(requireSplit(corpus, "train")[1]?.text).toBe(long);
    expect(corpus.warnings).toEqual([
      expect.stringMatching(
        /^train\.tsv: 1 text is longer than 100000 characters \(first: train\.tsv, line 3\)/,
      ),
    ]);
  });

  it("is a byte of another encoding", async () => {
    const bytes = Buffer.concat([
      Buffer.from("label\ttext\ngood\tcafé\nbad\tcaf"),
      Buffer.from([0xe9, 0x0a]),
    ]);
    await expect(readLabelledCorpus(lone("train.tsv", bytes))).rejects.toThrow(
      "DATA_ENCODING: train.tsv, line 3: byte 0xe9",
    );
  });

  it("are texts that two splits share, or that have two labels", async () => {
    const facts = corpusFacts(
      await readLabelledCorpus(
        memorySource("x", {
          "train.tsv": "label\ttext\na\tone\na\tone\nb\tone\nb\ttwo words\n",
          "test.tsv": "label\ttext\na\ttwo words\nb\tthree\n",
        }),
      ),
    );
    expect(facts.splits.get("train")).toEqual({
      texts: 4,
      distinct: 2,
      contradicting: 1,
      byLabel: new Map([
        ["a", 2],
        ["b", 2],
      ]),
      longest: 9,
    });
    expect(facts.overlaps).toEqual([{ splits: ["train", "test"], texts: 1 }]);
  });
});
