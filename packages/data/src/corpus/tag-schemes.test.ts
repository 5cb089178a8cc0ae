import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bioesToBio,
  bioToBioes,
  detectScheme,
  iob1ToBio,
  normaliseTags,
  parseTag,
  type Span,
  spansToTags,
  tagSpans,
} from "./tag-schemes.js";

const words = (text: string): string[] => text.split(" ");

/** Every sequence of the tags, of exactly this length. */
function* sequences(tags: readonly string[], length: number): Generator<string[]> {
  if (length === 0) yield [];
  else for (const rest of sequences(tags, length - 1)) for (const tag of tags) yield [tag, ...rest];
}

describe("tagSpans", () => {
  it.each([
    ["O B-a I-a O", [["a", 1, 3]]],
    ["O I-a I-a O", [["a", 1, 3]]],
    [
      "B-a I-b",
      [
        ["a", 0, 1],
        ["b", 1, 2],
      ],
    ],
    [
      "B-a B-a I-a",
      [
        ["a", 0, 1],
        ["a", 1, 3],
      ],
    ],
    [
      "S-a B-a E-a E-a",
      [
        ["a", 0, 1],
        ["a", 1, 3],
        ["a", 3, 4],
      ],
    ],
    [
      "U-a B-a I-a L-a O",
      [
        ["a", 0, 1],
        ["a", 1, 4],
      ],
    ],
    ["B-from-city I-from-city", [["from-city", 0, 2]]],
  ] as const)("%s", (tags, expected) => {
    expect(tagSpans(words(tags)).map(({ type, start, end }) => [type, start, end])).toEqual(expected);
  });

  it("refuses what is no tag", () => {
    for (const tag of ["X-a", "B-", "B", "NN", "b-a", ""])
      expect(() => tagSpans([tag])).toThrow("TAG_UNPARSABLE");
  });
});

describe("schemes", () => {
  const anySpans = fc
    .array(fc.tuple(fc.constantFrom("a", "b"), fc.nat(2), fc.integer({ min: 1, max: 3 })), { maxLength: 6 })
    .map((parts) => {
      const spans: Span[] = [];
      let at = 0;
      for (const [type, gap, size] of parts) {
        spans.push({ type, start: at + gap, end: at + gap + size });
        at += gap + size;
      }
      return { spans, length: at + 1 };
    });

  it("spans survive both schemes and the way between them", () => {
    fc.assert(
      fc.property(anySpans, ({ spans, length }) => {
        const bio = spansToTags(spans, length);
        const bioes = spansToTags(spans, length, "BIOES");
        expect(tagSpans(bio)).toEqual(spans);
        expect(tagSpans(bioes)).toEqual(spans);
        expect(bioToBioes(bio)).toEqual(bioes);
        expect(bioesToBio(bioes)).toEqual(bio);
      }),
    );
  });

  it("well-formed files of each scheme need no repair and give their BIO", () => {
    fc.assert(
      fc.property(anySpans, ({ spans, length }) => {
        const bio = spansToTags(spans, length);
        const bioes = spansToTags(spans, length, "BIOES");
        const iob1 = bio.map((tag, i) => {
          const previous = bio[i - 1]?.slice(2);
          return tag.startsWith("B-") && previous !== tag.slice(2) ? `I-${tag.slice(2)}` : tag;
        });
        const biluo = bioes.map((tag) => tag.replace(/^E-/, "L-").replace(/^S-/, "U-"));
        const written = { BIO: bio, IOB1: iob1, BIOES: bioes, BILUO: biluo };
        for (const scheme of ["BIO", "IOB1", "BIOES", "BILUO"] as const) {
          expect(normaliseTags(written[scheme], scheme)).toEqual({ tags: bio, repairs: [] });
        }
        expect(iob1ToBio(iob1)).toEqual(bio);
      }),
    );
  });

  it("repairs exactly the sequences that break BIO, over all short ones", () => {
    for (const tags of sequences(["O", "B-a", "I-a", "B-b", "I-b"], 4)) {
      const broken = tags.flatMap((tag, i) => {
        const type = tag.slice(2);
        return tag.startsWith("I-") && tags[i - 1]?.slice(2) !== type ? [i] : [];
      });
      const { tags: fixed, repairs } = normaliseTags(tags, "BIO");
      expect(repairs).toEqual(broken);
      expect(normaliseTags(fixed, "BIO")).toEqual({ tags: fixed, repairs: [] });
      expect(fixed).toEqual(tags.map((tag, i) => (broken.includes(i) ? `B-${tag.slice(2)}` : tag)));
    }
  });

  it("repairs exactly the sequences that break BIOES, over all short ones", () => {
    const wellFormed = /^(O |S |B (I )*E )*$/;
    for (const tags of sequences(["O", "B-a", "I-a", "E-a", "S-a"], 5)) {
      const line = tags.map((tag) => `${tag[0] ?? ""} `).join("");
      expect(normaliseTags(tags, "BIOES").repairs.length === 0, line).toBe(wellFormed.test(line));
    }
  });
});

describe("detectScheme", () => {
  it.each([
    ["BIO", ["B-a I-a O", "O B-b"]],
    ["BIO", ["O O"]],
    ["BIO", ["I-a O B-b"]], // one B where IOB1 has none: a BIO file with a slip
    ["IOB1", ["I-a I-a O", "I-a B-a I-b"]],
    ["BIOES", ["S-a O B-a E-a"]],
    ["BILUO", ["U-a O B-a L-a"]],
  ])("%s from %j", (scheme, lines) => {
    expect(detectScheme(lines.map(words))).toBe(scheme);
  });

  it("refuses letters of two schemes", () => {
    expect(() => detectScheme([words("S-a U-a")])).toThrow("TAG_SCHEMES_MIXED");
  });
});

describe("spansToTags", () => {
  it("refuses spans that overlap, are empty or leave the sequence", () => {
    expect(() =>
      spansToTags(
        [
          { type: "a", start: 0, end: 2 },
          { type: "b", start: 1, end: 3 },
        ],
        3,
      ),
    ).toThrow("SPAN_OVERLAP");
    expect(() => spansToTags([{ type: "a", start: 1, end: 1 }], 3)).toThrow("SPAN_RANGE");
    expect(() => spansToTags([{ type: "a", start: 2, end: 4 }], 3)).toThrow("SPAN_RANGE");
  });
});

describe("parseTag", () => {
  it("cuts at the first hyphen", () => {
    expect(parseTag("B-a-b")).toEqual({ prefix: "B", type: "a-b" });
  });
});
