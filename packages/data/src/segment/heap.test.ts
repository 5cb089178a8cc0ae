import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "./heap.js";

describe("Heap", () => {
  it("gives what a sorted list would give, pushes and pops mixed", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { freq: 3 })), (steps) => {
        const heap = new Heap<number>((a, b) => a < b);
        const list: number[] = [];
        for (const step of steps) {
          if (step === null) expect(heap.pop()).toBe(list.shift());
          else {
            heap.push(step);
            list.push(step);
            list.sort((a, b) => a - b);
          }
          expect(heap.size).toBe(list.length);
        }
      }),
    );
  });
});
