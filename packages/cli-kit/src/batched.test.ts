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

  it("hands out what came before a failure, also when it comes while a group is being answered", async () => {
    async function* failing(): AsyncGenerator<number> {
      yield* lines(3);
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("cut off");
    }
    for (const size of [2, 3, 10]) {
      const groups: number[][] = [];
      const act = async (): Promise<void> => {
        for await (const group of batched(failing(), size)) {
          groups.push(group);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      await expect(act()).rejects.toThrow("cut off");
      expect(groups.flat()).toEqual([0, 1, 2]);
    }
  });

  it("gives nothing for nothing", async () => {
    expect(await collect(batched(lines(0), 3))).toEqual([]);
  });
});
