import { describe, expect, it } from "vitest";
import { batched } from "./batched.js";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* lines(count: number, pauseBefore?: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    if (i === pauseBefore) await new Promise((resolve) => setTimeout(resolve, 20));
    yield i;
  }
}

describe("batched", () => {
  it("fills groups from what comes at once and keeps the order", async () => {
    expect(await collect(batched(lines(5), 2))).toEqual([[0, 1], [2, 3], [4]]);
  });

  it("hands out what is there when the next item keeps it waiting", async () => {
    expect(await collect(batched(lines(4, 3), 10))).toEqual([[0, 1, 2], [3]]);
  });

  it("gives nothing for nothing", async () => {
    expect(await collect(batched(lines(0), 3))).toEqual([]);
  });
});
