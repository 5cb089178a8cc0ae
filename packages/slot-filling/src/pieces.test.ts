import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutAt, longestPiece, pieceEnds } from "./pieces.js";

const words = (count: number): string[] => Array.from({ length: count }, () => "word");

describe("pieceEnds", () => {
  it("leaves a sentence whole up to the longest piece", () => {
    expect(pieceEnds([])).toEqual([0]);
    expect(pieceEnds(words(longestPiece))).toEqual([longestPiece]);
  });

  it("cuts at the longest piece where nothing better is near", () => {
    expect(pieceEnds(words(longestPiece + 1))).toEqual([longestPiece, longestPiece + 1]);
  });

  it.each([".", "!", "?!", "。"])("cuts behind the last %s near the end", (mark) => {
    const tokens = words(900);
    tokens[420] = mark;
    tokens[450] = mark;
    expect(pieceEnds(tokens)).toEqual([451, 900]);
  });

  it("does not cut at marks inside words or far from the end", () => {
    const tokens = words(900);
    tokens[300] = ".";
    tokens[450] = "U.S.";
    expect(pieceEnds(tokens)).toEqual([500, 900]);
  });

  it("does not cut in a slot, however long", () => {
    const tokens = words(900);
    const slotFrom = (start: number) => (step: number) => step > start && step < 520;
    expect(pieceEnds(tokens, slotFrom(490))).toEqual([490, 900]);
    expect(pieceEnds(tokens, slotFrom(30))).toEqual([30, 530, 900]);
    tokens[480] = ".";
    expect(pieceEnds(tokens, slotFrom(470))).toEqual([470, 900]);
  });

  it("cuts a slot that is longer than a piece, as nothing else can be done", () => {
    expect(pieceEnds(words(1200), () => true)).toEqual([500, 1000, 1200]);
  });

  it("covers every token once in pieces of readable length and spares slots that fit", () => {
    const document = fc.array(
      fc.record({
        mark: fc.boolean(),
        slot: fc.integer({ min: 1, max: 300 }),
        gap: fc.integer({ min: 1, max: 300 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(document, (parts) => {
        const tokens: string[] = [];
        const inside: boolean[] = [];
        for (const { mark, slot, gap } of parts) {
          for (let step = 0; step < gap; step++) {
            tokens.push(mark && step % 70 === 69 ? "." : "word");
            inside.push(false);
          }
          for (let step = 0; step < slot; step++) {
            tokens.push("name");
            inside.push(step > 0);
          }
        }
        const ends = pieceEnds(tokens, (step) => inside[step] ?? false);
        const pieces = cutAt(tokens, ends);
        expect(pieces.flat()).toEqual(tokens);
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(longestPiece);
        for (const end of ends) expect(inside[end] ?? false).toBe(false);
      }),
      { seed: 4 },
    );
  });

  it("cuts 100,000 tokens in a moment", () => {
    const tokens = words(100_000);
    const started = performance.now();
    expect(pieceEnds(tokens, () => true)).toHaveLength(200);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
