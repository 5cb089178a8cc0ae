import { seeded } from "@timestep/base";
import { startEngine, type Values, zeros } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { Dense, Embedding } from "./layers/index.js";
import { Module } from "./module.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const pair = (value: number): Values => ({ shape: [2], data: Float32Array.of(value, value) });

class Leaf extends Module {
  constructor(trainable = true) {
    super();
    this.parameter("weight", pair(1));
    this.parameter("fixed", pair(2), { trainable });
  }
}

class Tree extends Module {
  constructor() {
    super();
    this.child("left", new Leaf());
    this.parameter("root", zeros([2, 3]));
    this.child("right", new Leaf(false));
  }
}

class Named extends Module {
  constructor(...names: string[]) {
    super();
    for (const name of names) this.parameter(name, pair(0));
  }
}

const refused = (code: string): Error => expect.objectContaining({ code }) as Error;

describe("Module", () => {
  it("keeps the rate that a parameter asks for, 1 by default", () => {
    const table = new Embedding({ vocabularySize: 2, size: 1, random: seeded(1), rate: 0.1 });
    expect(table.parameters()).toMatchObject([{ path: "table", rate: 0.1 }]);
    expect(new Leaf().parameters().map(({ rate }) => rate)).toEqual([1, 1]);
  });

  it("lists own parameters first, then those of its children under their names", () => {
    expect(new Tree().parameters().map(({ path, trainable }) => [path, trainable])).toEqual([
      ["root", true],
      ["left.weight", true],
      ["left.fixed", true],
      ["right.weight", true],
      ["right.fixed", false],
    ]);
    expect(new Tree().parameters("model.")[0]?.path).toBe("model.root");
  });

  it("counts what is trained", () => {
    expect(new Tree().parameterCount()).toBe(6 + 2 + 2 + 2);
  });

  it("gives copies of its weights and takes them back", async () => {
    const tree = new Tree();
    const weights = await tree.weights();
    const left = weights.get("left.weight") as Values;
    expect(left).toEqual(pair(1));
    left.data.fill(9);
    expect((await tree.weights()).get("left.weight")).toEqual(pair(1));
    tree.loadWeights(weights);
    expect((await tree.weights()).get("left.weight")).toEqual(pair(9));
    left.data.fill(3);
    expect((await tree.weights()).get("left.weight")).toEqual(pair(9));
  });

  it("carries weights from one model to another to the bit", async () => {
    const make = (seed: number): Dense => new Dense({ inputSize: 4, outputSize: 3, random: seeded(seed) });
    const [one, two] = [make(1), make(2)];
    two.loadWeights(await one.weights());
    expect(await two.weights()).toEqual(await one.weights());
  });

  it.each<[string, (weights: Map<string, Values>) => unknown]>([
    ["WEIGHTS_MISSING", (weights) => weights.delete("right.fixed")],
    ["WEIGHTS_UNKNOWN", (weights) => weights.set("right.other", pair(0))],
    ["WEIGHTS_SHAPE", (weights) => weights.set("right.fixed", { shape: [1, 2], data: new Float32Array(2) })],
    ["WEIGHTS_SHAPE", (weights) => weights.set("right.fixed", { shape: [2], data: new Float32Array(3) })],
  ])("refuses weights that do not fit (%s) and changes nothing", async (code, spoil) => {
    const tree = new Tree();
    const before = await tree.weights();
    const changed = new Map(
      [...before].map(([path, { shape, data }]) => [path, { shape, data: data.map((v) => v + 1) }]),
    );
    spoil(changed);
    expect(() => {
      tree.loadWeights(changed);
    }).toThrow(refused(code));
    expect(() => {
      tree.loadWeights(changed);
    }).toThrow(/right\./);
    expect(await tree.weights()).toEqual(before);
  });

  it("refuses names that are taken or would break a path", () => {
    expect(() => new Named("a", "a")).toThrow(/"a" is registered twice/);
    for (const name of ["", "a.b", "1a", "a b"]) expect(() => new Named(name)).toThrow(TypeError);
  });

  it("frees everything below it", async () => {
    await expectNoLeaks(() => {
      new Tree().dispose();
    });
  });

  it("loads weights without leaving tensors behind", async () => {
    const tree = new Tree();
    const weights = await tree.weights();
    await expectNoLeaks(() => {
      tree.loadWeights(weights);
    });
  });
});
