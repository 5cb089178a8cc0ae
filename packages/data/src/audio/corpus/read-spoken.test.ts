import { describe, expect, it } from "vitest";
import { requireSplit, type Split } from "../../corpus/corpus.js";
import { memorySource } from "../../io/source.js";
import { writeWav } from "../wav/write-wav.js";
import { readSpokenCorpus, type SpokenOptions } from "./read-spoken.js";
import { type SpokenCorpus } from "./spoken.js";

/** A recording whose samples all have one value, so that it can be told from others. */
const wav = (value: number, seconds = 0.1): Uint8Array =>
  writeWav({ samples: new Float32Array(8000 * seconds).fill(value), sampleRateHz: 8000 });
const read = (files: Record<string, string | Uint8Array>, options?: SpokenOptions): Promise<SpokenCorpus> =>
  readSpokenCorpus(memorySource("toy", files), options);
const texts = (corpus: SpokenCorpus, split: Split): string[] =>
  requireSplit(corpus, split).map(({ text }) => text);

describe("digits", () => {
  const files = Object.fromEntries(
    ["ann", "bob"].flatMap((speaker) =>
      [0, 4, 5, 44, 45, 49].flatMap((index) =>
        [3, 7].map((digit) => [`recordings/${digit}_${speaker}_${index}.wav`, wav(digit / 10)] as const),
      ),
    ),
  );

  it("splits as the data set says: 0 to 4 test, of the rest 45 and above dev", async () => {
    const corpus = await read({ ...files, "README.md": "about", SHA256SUMS: "sums" });
    expect(corpus.format).toBe("digits");
    const ids = (split: Split): string[] => requireSplit(corpus, split).map(({ id }) => id);
    expect(ids("train")).toEqual(
      ["ann", "bob"]
        .flatMap((s) => [44, 5].map((i) => `3_${s}_${i}`))
        .concat(["ann", "bob"].flatMap((s) => [44, 5].map((i) => `7_${s}_${i}`))),
    );
    expect(ids("dev").every((id) => /_(45|49)$/.test(id)) && ids("dev").length === 8).toBe(true);
    expect(ids("test").every((id) => /_[04]$/.test(id)) && ids("test").length === 8).toBe(true);
    expect(Object.keys(corpus.checksums).sort()).toEqual(["SHA256SUMS", "names of recordings"]);
    expect(corpus.warnings).toEqual([]);
    const example = requireSplit(corpus, "test").find(({ id }) => id === "7_bob_4");
    expect(example).toMatchObject({ text: "7", speaker: "bob" });
    expect((await example?.audio())?.samples[5]).toBeCloseTo(0.7, 4);
  });

  it("leaves a speaker out: nothing of the others is tested, nothing of this one learnt", async () => {
    const corpus = await read(files, { holdOut: "bob", spelling: "words" });
    expect(requireSplit(corpus, "test").every(({ speaker }) => speaker === "bob")).toBe(true);
    expect(requireSplit(corpus, "test")).toHaveLength(12);
    expect(
      [...requireSplit(corpus, "train"), ...requireSplit(corpus, "dev")].every(
        ({ speaker }) => speaker === "ann",
      ),
    ).toBe(true);
    expect(requireSplit(corpus, "train").map(({ id }) => id)).toEqual([
      "3_ann_44",
      "3_ann_5",
      "7_ann_44",
      "7_ann_5",
    ]);
    expect(new Set(texts(corpus, "train"))).toEqual(new Set(["three", "seven"]));
    await expect(read(files, { holdOut: "eve" })).rejects.toThrow(
      /SPOKEN_SPEAKER: "toy" has no speaker "eve".*\n.*ann, bob/,
    );
  });

  it("counts what is named otherwise when the format is asked for", async () => {
    const corpus = await read({ ...files, "x.wav": wav(0.1) }, { format: "digits" });
    expect(corpus.warnings).toEqual(["1 recording was left out: the name is not digit_speaker_index.wav."]);
  });
});

describe("tables", () => {
  it("reads tables without headings, recordings in a folder beside", async () => {
    const corpus = await read({
      "transcripts.tsv": "test\tb.wav\t0.1\tgo on\ntrain\ta.wav\t0.1\t yes  no \n",
      "wav/a.wav": wav(0.1),
      "wav/b.wav": wav(0.2),
      "README.txt": "no transcript",
    });
    expect(corpus.format).toBe("tsv");
    expect(texts(corpus, "train")).toEqual(["yes no"]);
    const [test] = requireSplit(corpus, "test");
    expect(test).toMatchObject({
      id: "wav/b.wav",
      text: "go on",
      seconds: 0.1,
      where: { file: "transcripts.tsv", line: 1 },
    });
    expect((await test?.audio())?.samples[0]).toBeCloseTo(0.2, 4);
  });

  it("reads headings in any order, with speakers; the file's name tells the split", async () => {
    const corpus = await read({
      "dev.tsv": "Speaker\tTranscript\tpath\neva\tja\ta.wav\n",
      "train.tsv": "file\ttext\na.wav\tyes\nb.wav\tno\n",
      "a.wav": wav(0.1),
      "b.wav": wav(0.1),
    });
    expect(requireSplit(corpus, "dev")[0]).toMatchObject({ speaker: "eva", text: "ja" });
    expect(texts(corpus, "train")).toEqual(["yes", "no"]);
    expect(corpus.warnings).toEqual(["1 recording of dev stand in train as well."]);
  });

  it.each([
    ["a.wav\tyes\tmore\n", "MANIFEST_COLUMNS: a.tsv, line 1"],
    ["file\ttext\na.wav\n", "MANIFEST_FIELDS: a.tsv, line 2: 1 fields, expected 2"],
    ["file\ttext\tseconds\na.wav\tyes\tlong\n", 'MANIFEST_SECONDS: a.tsv, line 2: seconds is "long"'],
    ["file\ttext\tsplit\na.wav\tyes\tholdout\n", 'SPOKEN_SPLIT: a.tsv, line 2: "holdout" is no split'],
    ["file\ttext\nb.wav\tyes\n", 'SPOKEN_MISSING: a.tsv, line 2: there is no recording "b.wav"'],
    [
      "file\ttext\na.wav\tyes\na.wav\tno\n",
      'SPOKEN_TWICE: a.tsv, line 3: "a.wav" stands in a.tsv, line 2 already',
    ],
    ["file\ttext\na.wav\t \n", "DATA_EMPTY"],
    ["", "DATA_EMPTY"],
  ])("refuses %j", async (content, message) => {
    await expect(read({ "a.tsv": content, "a.wav": wav(0.1) })).rejects.toThrow(message);
  });
});

describe("JSON lines", () => {
  it("cuts by offset and duration, and finds recordings by the end of a foreign path", async () => {
    const steps = Float32Array.from({ length: 8000 }, (_, n) => (n < 4000 ? 0.25 : 0.5));
    const corpus = await read({
      "sets/train.jsonl":
        '{"audio_filepath":"/home/eva/data/one/a.wav","text":"yes","duration":0.5,"offset":0.25}\n\n' +
        '{"audio_filepath":"../two/a.wav","text":"no","speaker":7}\n',
      "one/a.wav": writeWav({ samples: steps, sampleRateHz: 8000 }),
      "two/a.wav": wav(0.125),
    });
    const [cut, whole] = requireSplit(corpus, "train");
    const { samples } = (await cut?.audio()) ?? {};
    expect([samples?.length, samples?.[1999], samples?.[2000]]).toEqual([4000, 0.25, 0.5]);
    expect((await whole?.audio())?.samples[0]).toBe(0.125);
    expect([cut?.id, whole?.id, whole?.speaker]).toEqual(["one/a.wav@0.25", "two/a.wav", "7"]);
  });

  it("reads lines of JSON in files named manifest.json", async () => {
    const line = '{"audio_filepath":"a.wav","text":"yes"}\n';
    expect((await read({ "test_manifest.json": line, "a.wav": wav(0) })).splits.test).toHaveLength(1);
  });

  it("takes neither of two recordings that a path fits equally well", async () => {
    const line = '{"audio_filepath":"/x/a.wav","text":"yes"}\n';
    await expect(read({ "all.jsonl": line, "b/a.wav": wav(0), "c/a.wav": wav(0) })).rejects.toThrow(
      "SPOKEN_MISSING",
    );
  });

  it("finds cuts beyond the end when the recording is read, and names it", async () => {
    const line = '{"audio_filepath":"a.wav","text":"yes","offset":0.08,"duration":0.5}\n';
    const corpus = await read({ "train.jsonl": line, "a.wav": wav(0.1) });
    await expect(requireSplit(corpus, "train")[0]?.audio()).rejects.toThrow(
      /SPOKEN_CUT: "a\.wav@0\.08".* 0\.100 s/,
    );
  });

  it.each([
    ["{", "JSONL_SYNTAX: a.jsonl, line 1"],
    ["[]", "JSONL_FIELD: a.jsonl, line 1: the line is no JSON object"],
    ['{"text":"yes"}', "JSONL_FIELD: a.jsonl, line 1: no recording is named"],
    ['{"audio":"a.wav"}', "JSONL_FIELD: a.jsonl, line 1: there is no text"],
    ['{"audio":"a.wav","text":["yes"]}', '"text" is neither a text nor a number'],
    ['{"audio":"a.wav","text":"yes","offset":-1}', "MANIFEST_SECONDS: a.jsonl, line 1: offset"],
  ])("refuses %s", async (line, message) => {
    await expect(read({ "a.jsonl": line, "a.wav": wav(0) })).rejects.toThrow(message);
  });
});

describe("folders", () => {
  it("pairs recordings and texts; folders tell the split", async () => {
    const files = {
      "train/a.wav": wav(0.5),
      "train/a.txt": "yes\n",
      "test/a.wav": wav(0),
      "test/a.TXT": "no",
    };
    const corpus = await read(files);
    expect(corpus.format).toBe("folder");
    expect([texts(corpus, "train"), texts(corpus, "test")]).toEqual([["yes"], ["no"]]);
    expect((await requireSplit(corpus, "train")[0]?.audio())?.samples[0]).toBe(0.5);
    const other = await read({ ...files, "test/a.TXT": "nay" });
    expect(other.checksums).not.toEqual(corpus.checksums);
  });

  it("names a recording without text, or counts those", async () => {
    const files = { "a.wav": wav(0), "a.txt": "yes", "b.wav": wav(0) };
    await expect(read(files)).rejects.toThrow("SPOKEN_MISSING: b.wav has no text: b.txt is not beside it");
    const corpus = await read(files, { missing: "skip", split: "test" });
    expect(texts(corpus, "test")).toEqual(["yes"]);
    expect(corpus.warnings).toEqual([
      "1 recording was left out for want of a text file of the same name (first: b.wav, line 1).",
    ]);
  });

  it("reads recordings only when asked for, and names one that is damaged", async () => {
    const corpus = await read({ "a.wav": "this is text", "a.txt": "yes" });
    await expect(requireSplit(corpus, "train")[0]?.audio()).rejects.toThrow("WAV_NOT_WAV: a.wav");
  });
});

describe("texts", () => {
  const files = {
    "a.tsv": "file\ttext\na.wav\tYes\nb.wav\tno!\nc.wav\t \n",
    "a.wav": wav(0),
    "b.wav": wav(0),
    "c.wav": wav(0),
  };

  it("are brought to one case; empty ones are counted", async () => {
    const corpus = await read(files, { letterCase: "lower" });
    expect(texts(corpus, "train")).toEqual(["yes", "no!"]);
    expect(corpus.warnings).toEqual([
      '"toy", train: 1 recording without text was left out (first: a.tsv, line 4).',
    ]);
  });

  it("outside the alphabet are an error, or counted", async () => {
    const options = { letterCase: "lower", alphabet: "abcdefghijklmnopqrstuvwxyz " } as const;
    await expect(read(files, options)).rejects.toThrow(
      'SPOKEN_ALPHABET: a.tsv, line 3: the text "no!" of "b.wav" has the character "!"',
    );
    const corpus = await read(files, { ...options, outside: "skip" });
    expect(texts(corpus, "train")).toEqual(["yes"]);
    expect(corpus.warnings[1]).toBe(
      '"toy", train: 1 text has characters outside the alphabet and was left out (first: a.tsv, line 3).',
    );
  });

  it("are compared in Unicode form NFC", async () => {
    const corpus = await read({ "a.wav": wav(0), "a.txt": "fu\u0308r" }, { alphabet: "f\u00fcr" });
    expect(texts(corpus, "train")).toEqual(["f\u00fcr"]);
  });
});

it("tells what a source without recordings holds", async () => {
  await expect(read({ "notes.txt": "x" })).rejects.toThrow(
    'SPOKEN_FORMAT: "toy" holds no recordings: notes.txt',
  );
  await expect(read({})).rejects.toThrow("DATA_EMPTY");
});
