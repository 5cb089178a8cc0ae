import { fromBrackets, tokenise } from "@timestep/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bracketed, placeTags, placeTokens } from "./tagged.js";

const sure = (tags: string[], intent = null) => ({ tags, confidences: tags.map(() => 1), intent });

describe("placeTags", () => {
  it("gives slots as slices of the text as typed", () => {
    const text = "  leave  São Paulo, on   November 2nd!";
    const tokens = tokenise(text);
    const tags = tokens.map(
      ({ text: token }) =>
        ({ São: "B-origin", Paulo: "I-origin", November: "B-date", "2nd": "I-date" })[token] ?? "O",
    );
    const { slots } = placeTags(text, tokens, sure(tags));
    expect(slots.map(({ type, text: found }) => [type, found])).toEqual([
      ["origin", "São Paulo"],
      ["date", "November 2nd"],
    ]);
    for (const slot of slots) expect(text.slice(slot.start, slot.end)).toBe(slot.text);
  });

  it("gives a slot the least confidence of its tokens", () => {
    const tokens = placeTokens(["New", "York", "City"]);
    const said = { tags: ["B-a", "I-a", "O"], confidences: [0.9, 0.4, 0.1], intent: null };
    const tagged = placeTags("New York City", tokens, said);
    expect(tagged.slots).toEqual([{ type: "a", text: "New York", start: 0, end: 8, confidence: 0.4 }]);
    expect(tagged.tokens[2]).toEqual({ text: "City", start: 9, end: 13, tag: "O", confidence: 0.1 });
  });

  it("opens a slot at I- after O, as conlleval does", () => {
    expect(placeTags("to Bonn", placeTokens(["to", "Bonn"]), sure(["O", "I-city"])).slots).toMatchObject([
      { type: "city", text: "Bonn" },
    ]);
  });

  it("has nothing for an empty text", () => {
    expect(placeTags("", [], sure([]))).toEqual({ text: "", tokens: [], slots: [], intent: null });
  });

  it("keeps every offset inside any text, and each token where it points", () => {
    const tag = fc.constantFrom("O", "B-a", "I-a", "B-b", "I-b");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.infiniteStream(tag), (text, stream) => {
        const tokens = tokenise(text);
        const tags = [...stream.take(tokens.length)];
        const tagged = placeTags(text, tokens, sure(tags));
        for (const part of [...tagged.tokens, ...tagged.slots]) {
          expect(text.slice(part.start, part.end)).toBe(part.text);
        }
        const inSlots = tagged.slots.flatMap(({ start, end }) =>
          tagged.tokens.filter((token) => token.start >= start && token.end <= end),
        );
        expect(inSlots).toEqual(tagged.tokens.filter((token) => token.tag !== "O"));
      }),
      { seed: 3 },
    );
  });
});

it("placeTokens puts one blank between tokens", () => {
  const tokens = ["a", "😀", "bc"];
  expect(placeTokens(tokens).map(({ start, end }) => tokens.join(" ").slice(start, end))).toEqual(tokens);
});

it("bracketed writes what fromBrackets reads", () => {
  const written = "leave [origin New York] on [date May 2nd] please";
  const { tokens, tags } = fromBrackets(written);
  expect(bracketed(placeTags(tokens.join(" "), placeTokens(tokens), sure(tags)))).toBe(written);
});
