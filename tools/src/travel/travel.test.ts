import { readFile } from "node:fs/promises";
import { seeded } from "@timestep/base";
import { memorySource, readTaggedCorpus, requireSplit, sha256, type Split, tokenise } from "@timestep/data";
import { describe, expect, it } from "vitest";
import { CITIES } from "./cities.js";
import { DATE_GRAMMAR } from "./dates.js";
import { SIZES, type TravelRequest } from "./generate.js";
import { expand } from "./grammar.js";
import { INTENTS, TRAVEL } from "./templates.js";
import { type Manifest } from "../samples/manifest.js";
import { TRAVEL_SEED, travelFiles } from "./write.js";

const SPLITS: readonly Split[] = ["train", "dev", "test"];
const committed = (path: string): Promise<string> =>
  readFile(new URL(`../../../data/${path}`, import.meta.url), "utf8");
const texts = Object.fromEntries(
  await Promise.all(SPLITS.map(async (split) => [split, await committed(`travel/${split}.jsonl`)] as const)),
) as Record<Split, string>;
const requests = (split: Split): TravelRequest[] =>
  texts[split]
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TravelRequest);

/** The words, in small letters, inside slots of some types. */
function slotWords(split: Split, types: readonly string[]): Set<string> {
  const words = new Set<string>();
  for (const { text, slots } of requests(split)) {
    for (const slot of slots) {
      if (!types.includes(slot.type)) continue;
      for (const token of tokenise(text.slice(slot.start, slot.end))) words.add(token.text.toLowerCase());
    }
  }
  return words;
}

const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] =>
  [...a].filter((word) => b.has(word));
const cityTypes = ["origin", "destination", "stop", "location"];
const dateTypes = ["date", "return_date"];
const pairs = [
  ["test", "train"],
  ["dev", "train"],
  ["test", "dev"],
] as const;

describe("data/travel", () => {
  it("is what the generator writes, byte for byte", async () => {
    for (const [path, text] of travelFiles(TRAVEL_SEED)) expect(await committed(path), path).toBe(text);
  });

  it("is described by the manifest", async () => {
    const manifest = JSON.parse(await committed("manifest.json")) as Manifest;
    for (const split of SPLITS) {
      const entry = manifest.files.find((file) => file.path === `travel/${split}.jsonl`);
      const bytes = new TextEncoder().encode(texts[split]);
      expect(entry).toMatchObject({
        bytes: bytes.length,
        sha256: await sha256(bytes),
        examples: SIZES[split],
      });
      expect(bytes.length).toBeLessThan(1_000_000);
    }
  });

  it("is read without warnings, and slots are whole tokens", async () => {
    const files = Object.fromEntries(SPLITS.map((split) => [`${split}.jsonl`, texts[split]]));
    const corpus = await readTaggedCorpus(memorySource("travel", files));
    expect(corpus.warnings).toEqual([]);
    for (const split of SPLITS) {
      const examples = requireSplit(corpus, split);
      expect(examples).toHaveLength(SIZES[split]);
      expect(new Set(examples.map((example) => example.intent))).toEqual(new Set(Object.keys(INTENTS)));
    }
  });

  it.each(pairs)("has no city word of %s in a city of %s, nor anywhere in training", (held, other) => {
    const words = slotWords(held, cityTypes);
    expect(words.size).toBeGreaterThan(60);
    expect(shared(words, slotWords(other, cityTypes))).toEqual([]);
    const anywhere = new Set(
      requests("train").flatMap(({ text }) => tokenise(text.toLowerCase()).map((token) => token.text)),
    );
    expect(shared(words, anywhere)).toEqual([]);
  });

  it.each(pairs)("has no date word of %s in a date of %s, but for grammar", (held, other) => {
    const words = slotWords(held, dateTypes);
    expect(words.size).toBeGreaterThan(20);
    const grammar = new Set(DATE_GRAMMAR);
    expect(shared(words, slotWords(other, dateTypes)).filter((word) => !grammar.has(word))).toEqual([]);
  });

  it("trains on neither Taipei nor November 2nd", () => {
    expect(texts.train).not.toMatch(/taipei|november|nov\b|\b2nd\b/i);
  });

  it("lets context decide: the same city is origin here and destination there", () => {
    const origins = new Set<string>();
    const destinations = new Set<string>();
    for (const { text, slots } of requests("train")) {
      for (const { type, start, end } of slots) {
        if (type === "origin") origins.add(text.slice(start, end).toLowerCase());
        if (type === "destination") destinations.add(text.slice(start, end).toLowerCase());
      }
    }
    expect(shared(origins, destinations).length).toBeGreaterThan(0.95 * CITIES.train.length);
  });

  it("teaches both sides of arriving and leaving, with and without a preposition", () => {
    const masked = requests("train").map(({ text, slots }) => {
      let result = text;
      for (const { type, start, end } of [...slots].reverse())
        result = `${result.slice(0, start)}{${type}}${result.slice(end)}`;
      return result.toLowerCase();
    });
    for (const pattern of [
      /arriv\w+ \{destination\} on \{date\}/,
      /leav\w+ \{origin\} on \{date\}/,
      /from \{origin\} to \{destination\}/,
      /to \{destination\} from \{origin\}/,
      /(^|[^a-z] )\{origin\} to \{destination\}/,
      /out of \{origin\}/,
      /into \{destination\}/,
      /(leave|leaving) for \{destination\}/,
    ]) {
      expect(masked.filter((text) => pattern.test(text)).length, String(pattern)).toBeGreaterThan(15);
    }
  });

  it("mentions cities that are no part of the trip", () => {
    const names = new Set(CITIES.train.map((name) => name.toLowerCase()));
    const idle = requests("train").filter(({ text, slots }) => {
      const place = /(?:live in|based in|calling from|greetings from|forget) ([a-z.\- ]+?)(?: but|,|$)/.exec(
        text.toLowerCase(),
      );
      return (
        place !== null && names.has(place[1] as string) && !slots.some(({ start }) => start === place.index)
      );
    });
    expect(idle.length).toBeGreaterThan(40);
  });
});

describe("the grammar", () => {
  it("expands rules, choices and options with the chances it states", () => {
    const grammar = { start: ["<greet> [x|y] (a|b (c|d)|)."], greet: ["3* hi", "ho"] };
    const random = seeded(1);
    const counts = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const text = expand(grammar, "start", random);
      expect(text).toMatch(/^(hi|ho)( [xy])?( a| b [cd])?\.$/);
      for (const word of text.replace(".", "").split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const share = (word: string): number => (counts.get(word) ?? 0) / 4000;
    expect(share("hi")).toBeCloseTo(0.75, 1);
    expect(share("x")).toBeCloseTo(0.25, 1);
    expect(share("c")).toBeCloseTo(1 / 6, 1);
  });

  it("names a rule that is missing and a bracket that is not closed", () => {
    expect(() => expand({ start: ["<gone>"] }, "start", seeded(1))).toThrow("no rule <gone>");
    expect(() => expand({ start: ["(a|b"] }, "start", seeded(1))).toThrow("not closed");
  });

  it("has every rule that its rules name", () => {
    for (const alternatives of Object.values(TRAVEL)) {
      for (const name of alternatives.join(" ").matchAll(/<(\w+)>/g))
        expect(Object.keys(TRAVEL)).toContain(name[1]);
    }
  });
});
