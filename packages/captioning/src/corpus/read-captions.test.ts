import { memorySource, sha256, type Split } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { type CaptionCorpus } from "./caption-corpus.js";
import { readCaptions, type ReadCaptionsOptions } from "./read-captions.js";

const pictures = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, "unread"]));
const read = (files: Record<string, string>, options?: ReadCaptionsOptions): Promise<CaptionCorpus> =>
  readCaptions(memorySource("photos", files), options);
const refusal = (code: string, message: string): object => ({
  code,
  message: expect.stringContaining(message) as string,
});
/** Names and captions by split. */
const told = ({ splits }: CaptionCorpus): Partial<Record<Split, [string, readonly string[]][]>> =>
  Object.fromEntries(
    Object.entries(splits).map(([split, examples]) => [
      split,
      examples.map(({ name, captions }) => [name, captions]),
    ]),
  );
const everySplit = ({ splits }: CaptionCorpus): string[] =>
  Object.values(splits).flatMap((examples) => examples.map(({ name }) => name));

const sentence = (raw: string): object => ({ raw, tokens: raw.split(" ") });
const karpathy = (...images: object[]): string => JSON.stringify({ images, dataset: "coco" });

describe("Karpathy's JSON", () => {
  const file = karpathy(
    { filename: "1.jpg", split: "train", sentences: [sentence("A dog."), sentence("It runs.")] },
    { filename: "2.jpg", filepath: "val2014", split: "restval", sentences: [{ tokens: ["two", "cats"] }] },
    { filename: "2.jpg", filepath: "train2014", split: "val", sentences: [sentence("A bird.")] },
    { filename: "3.jpg", filepath: "", split: "test", sentences: [sentence("A fish.")] },
  );
  const images = pictures("train2014/1.jpg", "val2014/2.jpg", "train2014/2.jpg", "3.jpg");

  it("gives pictures with their captions by split, what is left of validation among training", async () => {
    const corpus = await read({ "dataset_coco.json": file, ...images });
    expect(corpus.format).toBe("karpathy");
    expect(told(corpus)).toEqual({
      train: [
        ["train2014/1.jpg", ["A dog.", "It runs."]],
        ["val2014/2.jpg", ["two cats"]],
      ],
      dev: [["train2014/2.jpg", ["A bird."]]],
      test: [["3.jpg", ["A fish."]]],
    });
    expect(corpus.checksums).toEqual({ "dataset_coco.json": await sha256(new TextEncoder().encode(file)) });
    expect(corpus.warnings).toEqual([]);
  });

  it.each([
    ["[1]", "it has no list of images"],
    ["{", "it has no list of images"],
    [karpathy({ filename: "1.jpg", split: "train" }), "image 1 lacks filename, split or sentences"],
    [
      karpathy({ filename: "1.jpg", split: "extra", sentences: [] }),
      'image 1 is of an unknown split "extra"',
    ],
  ])("refuses %s", async (text, what) => {
    const reading = read({ "dataset.json": text, ...images });
    await expect(reading).rejects.toMatchObject(refusal("CAPTION_KARPATHY", what));
  });

  it("counts pictures of which nothing is said", async () => {
    const bare = karpathy(
      { filename: "3.jpg", split: "train", sentences: [sentence(" "), sentence("A fish.")] },
      { filename: "1.jpg", split: "train", sentences: [] },
    );
    const { warnings, splits } = await read({ "dataset.json": bare, ...images });
    expect(warnings).toEqual([
      "1 captions are empty and were left out.",
      "1 pictures have no caption and were left out.",
    ]);
    expect(splits.train).toHaveLength(1);
  });
});

describe("Flickr's files", () => {
  const tokens = [
    "11_a.jpg#0\tA dog runs .",
    "11_a.jpg#1\tA dog , running .",
    "22_b.jpg#0\tTwo # cats .",
    "33_c.jpg#0\tA bird .",
    "44_d.jpg.1#0\tNobody's picture .",
  ].join("\n");
  const images = pictures("Images/11_a.jpg", "Images/22_b.jpg", "Images/33_c.jpg");
  const lists = {
    "Flickr_8k.trainImages.txt": "11_a.jpg\n",
    "Flickr_8k.devImages.txt": "22_b.jpg\r\n",
    "Flickr_8k.testImages.txt": "33_c.jpg\n",
  };

  it("has Flickr8k under its own names, its lemmas and its judges left alone", async () => {
    const corpus = await read({
      "Flickr8k.lemma.token.txt": "11_a.jpg#0\ta dog run .",
      "Flickr8k.token.txt": tokens,
      "ExpertAnnotations.txt": "11_a.jpg\t22_b.jpg#2\t1\t1\t1",
      "readme.txt": "If you publish work based on this data, cite it.",
      ...lists,
      ...images,
    });
    expect(corpus.format).toBe("flickr");
    expect(told(corpus)).toEqual({
      train: [["Images/11_a.jpg", ["A dog runs .", "A dog , running ."]]],
      dev: [["Images/22_b.jpg", ["Two # cats ."]]],
      test: [["Images/33_c.jpg", ["A bird ."]]],
    });
    expect(corpus.warnings).toEqual(["1 pictures with captions are in no list of a split."]);
    expect(Object.keys(corpus.checksums).sort()).toEqual(
      ["Flickr8k.token.txt", ...Object.keys(lists).sort()].sort(),
    );
  });

  it.each([
    ["results_20130124.token", "11_a.jpg#0\tA dog , or 2 .\n11_a.jpg#1\tIt runs ."],
    ["captions.txt", 'image,caption\n11_a.jpg,"A dog , or 2 ."\n11_a.jpg,It runs .'],
    ["captions.csv", "image,caption\r\n11_a.jpg,A dog , or 2 .\r\n11_a.jpg,It runs .\r\n"],
    [
      "results.csv",
      "image_name| comment_number| comment\n11_a.jpg| 0| A dog , or 2 .\n11_a.jpg| 1   It runs .",
    ],
    ["results.csv", 'image_name,comment_number,comment\n11_a.jpg,0,"A dog , or 2 ."\n11_a.jpg,1,It runs .'],
  ])("has %s", async (name, text) => {
    const { format, splits } = await read({ [name]: text, ...images });
    expect(format).toBe("flickr");
    expect(Object.values(splits).flat()).toMatchObject([{ captions: ["A dog , or 2 .", "It runs ."] }]);
  });

  it("takes no number that a caption begins with for one of the caption", async () => {
    const { splits } = await read({ "captions.txt": "image,caption\n11_a.jpg,2, maybe 3, men", ...images });
    expect(splits.train?.[0]?.captions).toEqual(["2, maybe 3, men"]);
  });

  it("refuses lines and lists that are not as they should be, and names the place", async () => {
    const refused = (files: Record<string, string>, what: string): Promise<void> =>
      expect(read({ ...images, ...files })).rejects.toMatchObject(refusal("CAPTION_FLICKR", what));
    await refused({ "Flickr8k.token.txt": `${tokens}\nno tab here` }, "Flickr8k.token.txt, line 6:");
    await refused({ "captions.txt": "image,caption\n11_a.jpg" }, "captions.txt, line 2:");
    const token = { "Flickr8k.token.txt": tokens };
    await refused({ ...token, "train.txt": "11_a.jpg\n55.jpg" }, 'train.txt names "55.jpg"');
    await refused(
      { ...token, "train.txt": "11_a.jpg", "test.txt": "33_c.jpg\n11_a.jpg" },
      'names "11_a.jpg", which the list of train has too',
    );
  });

  it.skipIf(process.env["TIMESTEP_DATA"] === undefined)("reads Flickr8k itself", async () => {
    const { openDataSource } = await import("@timestep/training/node");
    const corpus = await readCaptions(
      await openDataSource(`${process.env["TIMESTEP_DATA"] as string}/flickr8k`),
    );
    const { train = [], dev = [], test = [] } = corpus.splits;
    expect([train, dev, test].map(({ length }) => length)).toEqual([6000, 1000, 1000]);
    for (const { captions } of [...train, ...dev, ...test]) expect(captions).toHaveLength(5);
    expect(new Set(everySplit(corpus)).size).toBe(8000);
    expect(train[0]?.captions[0]).toMatch(/^[A-Z].* \.$/);
  });
});

describe("lines of JSON", () => {
  const line = (value: object): string => JSON.stringify(value);

  it("gives one caption or several a line, by the line's split or the file's", async () => {
    const corpus = await read({
      "train.jsonl": [
        line({ image: "a.png", caption: "a cat" }),
        line({ image: "b.png", captions: ["a dog", "it runs"] }),
        "",
        line({ image: "./a.png", caption: "it sleeps" }),
        line({ image: "c.png", caption: "a fish", split: "val" }),
      ].join("\n"),
      "test.jsonl": line({ image: "x\\d.png", caption: "a bird" }),
      ...pictures("a.png", "b.png", "c.png", "x/d.png"),
    });
    expect(told(corpus)).toEqual({
      train: [
        ["a.png", ["a cat", "it sleeps"]],
        ["b.png", ["a dog", "it runs"]],
      ],
      dev: [["c.png", ["a fish"]]],
      test: [["x/d.png", ["a bird"]]],
    });
  });

  it.each([
    ["{", "it is not JSON"],
    [line({ caption: "a cat" }), "lacks the image"],
    [line({ image: "a.png" }), "not one of caption and captions"],
    [line({ image: "a.png", caption: "x", captions: [] }), "not one of caption and captions"],
    [line({ image: "a.png", caption: "x", split: "extra" }), 'the split "extra" is unknown'],
  ])("refuses %s", async (text, what) => {
    const files = { "all.jsonl": `${line({ image: "a.png", caption: "a cat" })}\n${text}` };
    await expect(read({ ...files, ...pictures("a.png") })).rejects.toMatchObject(
      refusal("CAPTION_LINE", `all.jsonl, line 2: `),
    );
    await expect(read({ ...files, ...pictures("a.png") })).rejects.toMatchObject(
      refusal("CAPTION_LINE", what),
    );
  });

  it("refuses a picture of two splits, which would be scored on what was learnt", async () => {
    const files = {
      "train.jsonl": line({ image: "x/a.png", caption: "a cat" }),
      "test.jsonl": line({ image: "a.png", caption: "a cat" }),
    };
    await expect(read({ ...files, ...pictures("x/a.png") })).rejects.toMatchObject(
      refusal("CAPTION_SPLITS", 'test.jsonl, line 1: the picture "x/a.png" is of the split test'),
    );
  });
});

describe("texts beside pictures", () => {
  it("gives a caption a line, by the folder's split", async () => {
    const corpus = await read({
      "train/a.txt": "a cat\n\n it sleeps \n",
      "test/b.txt": "a dog",
      "README.txt": "These are pictures.",
      ...pictures("train/a.jpg", "test/b.WEBP", "test/c.png"),
    });
    expect(corpus.format).toBe("sidecar");
    expect(told(corpus)).toEqual({
      train: [["train/a.jpg", ["a cat", "it sleeps"]]],
      test: [["test/b.WEBP", ["a dog"]]],
    });
    expect(corpus.warnings).toEqual(["1 pictures have no text beside them and were left out."]);
    expect(Object.keys(corpus.checksums)).toEqual(["train/a.txt", "test/b.txt"]);
  });

  it("knows a text without its picture, and an empty one", async () => {
    const files = { "a.txt": "a cat", "b.txt": "\n", "c.txt": "a dog", ...pictures("a.jpg", "b.jpg") };
    await expect(read(files)).rejects.toMatchObject(refusal("CAPTION_PICTURE_MISSING", 'c.txt: "photos"'));
    const { warnings, splits } = await read(files, { missing: "skip" });
    expect(splits.train?.map(({ name }) => name)).toEqual(["a.jpg"]);
    expect(warnings).toEqual([
      "1 captioned pictures are missing and were left out.",
      "1 pictures have no caption and were left out.",
    ]);
  });
});

describe("readCaptions", () => {
  const lines = (count: number): Record<string, string> => ({
    "all.jsonl": Array.from({ length: count }, (_, n) =>
      JSON.stringify({ image: `${n}.png`, caption: `picture ${n}` }),
    ).join("\n"),
    ...pictures(...Array.from({ length: count }, (_, n) => `${n}.png`)),
  });

  it("parts data without splits by shares, the same way each time", async () => {
    const options = { devShare: 0.1, testShare: 0.2 };
    const corpus = await read(lines(50), options);
    const { train = [], dev = [], test = [] } = corpus.splits;
    expect([train, dev, test].map(({ length }) => length)).toEqual([35, 5, 10]);
    expect(new Set(everySplit(corpus)).size).toBe(50);
    expect(everySplit(await read(lines(50), options))).toEqual(everySplit(corpus));
    expect(everySplit(await read(lines(50), { ...options, seed: 2 }))).not.toEqual(everySplit(corpus));
    const few = await read(lines(4));
    expect(
      Object.values(few.splits)
        .map(({ length }) => length)
        .sort(),
    ).toEqual([1, 1, 2]);
  });

  it("takes the format that is asked for, and says when nothing is of it", async () => {
    const both = { ...lines(3), "0.txt": "zero" };
    expect((await read(both)).format).toBe("jsonl");
    expect((await read(both, { format: "sidecar", missing: "skip" })).format).toBe("sidecar");
    for (const format of ["karpathy", "flickr", "sheets"] as const)
      await expect(read(both, { format })).rejects.toMatchObject({ code: "CAPTION_FORMAT" });
    await expect(read({ "0.txt": "zero" }, { format: "jsonl" })).rejects.toMatchObject({
      code: "CAPTION_FORMAT",
    });
    await expect(read(pictures("a.png"))).rejects.toMatchObject(refusal("CAPTION_FORMAT", '"photos"'));
  });

  it("stops at a caption whose picture is missing, or counts it", async () => {
    const files = { ...lines(3), "b.jsonl": '{"image":"9.png","caption":"x"}' };
    await expect(read(files)).rejects.toMatchObject(
      refusal("CAPTION_PICTURE_MISSING", 'b.jsonl, line 1: "photos" has no picture "9.png"'),
    );
    const { warnings } = await read(files, { missing: "skip" });
    expect(warnings).toEqual(["1 captioned pictures are missing and were left out."]);
    await expect(read({ "b.jsonl": files["b.jsonl"] }, { missing: "skip" })).rejects.toMatchObject({
      code: "CAPTION_EMPTY",
    });
  });

  it("refuses a name that several pictures have", async () => {
    const files = { "a.jsonl": '{"image":"1.png","caption":"x"}', ...pictures("x/1.png", "y/1.png") };
    await expect(read(files)).rejects.toMatchObject(refusal("CAPTION_PICTURE_TWICE", "a.jsonl, line 1"));
    const exact = { ...files, "a.jsonl": '{"image":"y/1.png","caption":"x"}' };
    expect(everySplit(await read(exact))).toEqual(["y/1.png"]);
  });
});
