import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capacityFor, RecycledMemory } from "./recycled-memory.js";

/** Memory of which 100 floats and more are recycled, up to `keptBytes`. */
function memoryOf(keptBytes: number): RecycledMemory {
  return new RecycledMemory(() => 16, { keptBytes, smallestBytes: 400 });
}

function heldBy(memory: RecycledMemory, holder: object, count: number): Float32Array {
  const values = memory.take(count);
  memory.hold(values, holder);
  return values;
}

describe("size classes", () => {
  it("are whole cache lines, at most a quarter above what is asked", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (count) => {
        const capacity = capacityFor(count);
        expect(capacity % 16).toBe(0);
        expect(capacity).toBeGreaterThanOrEqual(count);
        expect(capacity).toBeLessThanOrEqual(Math.max(count + 15, count * 1.25));
        expect(capacityFor(capacity)).toBe(capacity);
      }),
    );
    expect([1, 16, 17, 64, 65, 80, 81, 128, 129].map(capacityFor)).toEqual([
      16, 16, 32, 64, 80, 80, 96, 128, 160,
    ]);
  });
});

describe("recycled memory", () => {
  const holder = {};

  it("comes back once its holder releases it, also for a smaller array", () => {
    const memory = memoryOf(1e6);
    const first = heldBy(memory, holder, 1000);
    expect(first).toHaveLength(1000);
    memory.release(first, holder);
    expect(memory.keptBytes).toBe(capacityFor(1000) * 4 + 64);
    const second = memory.take(900);
    expect(second).toHaveLength(900);
    expect(second.buffer).toBe(first.buffer);
    expect(memory.keptBytes).toBe(0);
    expect(memory.allocatedBytes).toBe(capacityFor(1000) * 4 + 64);
    expect(memory.take(900).buffer).not.toBe(first.buffer);
    expect(memory.allocatedBytes).toBe((capacityFor(1000) + capacityFor(900)) * 4 + 2 * 64);
  });

  it("is not spent on arrays of less than half its size, nor on small ones", () => {
    const memory = memoryOf(1e6);
    const first = heldBy(memory, holder, 1000);
    memory.release(first, holder);
    expect(memory.take(400).buffer).not.toBe(first.buffer);
    const small = heldBy(memory, holder, 99);
    memory.release(small, holder);
    expect(memory.owns(small)).toBe(false);
    expect(memory.take(0)).toHaveLength(0);
  });

  it("begins at a cache line", () => {
    const values = memoryOf(1e6).take(1000);
    expect((16 + values.byteOffset) % 64).toBe(0);
    expect(new RecycledMemory(() => 0).take(1000).byteOffset).toBe(64);
  });

  it.each<[string, (memory: RecycledMemory, values: Float32Array) => void]>([
    ["is given up", (memory, values) => memory.giveUp(values)],
    ["has a second holder", (memory, values) => memory.hold(values, {})],
    ["is seen in part by a second holder", (memory, values) => memory.hold(values.subarray(0, 3), {})],
    ["is released by another than its holder", (memory, values) => memory.release(values, {})],
  ])("is never used again when it %s", (_, lose) => {
    const memory = memoryOf(1e6);
    const values = heldBy(memory, holder, 1000);
    lose(memory, values);
    if (memory.owns(values)) return expect(memory.keptBytes).toBe(0);
    memory.release(values, holder);
    expect(memory.keptBytes).toBe(0);
    expect(memory.take(1000).buffer).not.toBe(values.buffer);
  });

  it("leaves what is not its own alone", () => {
    const memory = memoryOf(1e6);
    const mine = new Float32Array(new ArrayBuffer(8000), 64, 1000);
    for (const values of [mine, undefined, null, ["a"], new Float32Array(1000)]) {
      memory.hold(values, holder);
      memory.release(values, holder);
      memory.giveUp(values);
    }
    expect(memory.keptBytes).toBe(0);
  });

  it("keeps no more than its bound, and lets the sizes go that were not used for longest", () => {
    const bytes = (count: number): number => capacityFor(count) * 4 + 64;
    const memory = memoryOf(bytes(1000) + bytes(3000));
    const [old, recent, next] = [1000, 3000, 200].map((count) => heldBy(memory, holder, count)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    memory.release(old, holder);
    memory.release(recent, holder);
    expect(memory.keptBytes).toBe(bytes(1000) + bytes(3000));
    memory.release(next, holder);
    expect(memory.keptBytes).toBe(bytes(3000) + bytes(200));
    expect(memory.take(1000).buffer).not.toBe(old.buffer);
    expect(memory.take(3000).buffer).toBe(recent.buffer);
    const huge = heldBy(memory, holder, 100_000);
    memory.release(huge, holder);
    expect(memory.keptBytes).toBe(bytes(200));
    memory.clear();
    expect(memory.keptBytes).toBe(0);
  });

  it("never gives two holders the same memory and respects its bound, whatever is asked", () => {
    const step = fc.record({
      count: fc.integer({ min: 0, max: 3000 }),
      give: fc.constantFrom("hold", "giveUp", "drop"),
      release: fc.nat({ max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = memoryOf(20_000);
        const held: { values: Float32Array; holder: object; mark: number }[] = [];
        steps.forEach(({ count, give, release }, mark) => {
          const values = memory.take(count);
          expect(values).toHaveLength(count);
          values.fill(mark);
          if (give !== "drop") {
            const own = {};
            memory.hold(values, own);
            if (give === "giveUp") memory.giveUp(values);
            held.push({ values, holder: own, mark });
          }
          const gone = held[release];
          if (gone !== undefined && release < 5) {
            memory.release(gone.values, gone.holder);
            // What was given up stays its reader's for ever.
            if (memory.owns(gone.values) || gone.values.byteOffset === 0) held.splice(release, 1);
          }
          expect(memory.keptBytes).toBeLessThanOrEqual(20_000);
          for (const each of held) expect(each.values.every((value) => value === each.mark)).toBe(true);
        });
      }),
    );
  });
});
