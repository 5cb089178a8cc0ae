import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fakeSettings } from "../fixtures/fake-program.js";
import { parseAssignment } from "./assignments.js";
import { resolveSettings } from "./resolve.js";
import { settingTree } from "./schema.js";

const tree = settingTree(fakeSettings);

function resolve(value: unknown, ...set: string[]) {
  const assignments = set.map((text) => parseAssignment(text, tree));
  return resolveSettings(fakeSettings, { name: "speech.json", value }, assignments);
}

describe("resolveSettings", () => {
  it("fills in the defaults, then the config, then what the command line says", () => {
    const settings = resolve(
      { data: "atis", model: { cell: "gru", dropout: 0.1 } },
      "model.dropout=0.2",
      "seed=7",
    );
    expect(settings).toEqual({
      data: "atis",
      seed: 7,
      model: { hiddenSize: 100, cell: "gru", dropout: 0.2, vectors: null, sizes: [1, 2] },
      training: { epochs: 10 },
    });
  });

  it("lets the later of two assignments win and leaves the config as it was", () => {
    const value = { data: "atis", model: { hiddenSize: 5 } };
    expect(resolve(value, "model.hiddenSize=6", "model.hiddenSize=7").model.hiddenSize).toBe(7);
    expect(value.model.hiddenSize).toBe(5);
  });

  it("types values by the schema", () => {
    expect(resolve({}, "data=123").data).toBe("123");
    expect(resolve({ data: "x" }, "model.cell=gru").model.cell).toBe("gru");
    expect(resolve({ data: "x" }, "model.vectors=glove").model.vectors).toBe("glove");
    expect(
      resolve({ data: "x", model: { vectors: "glove" } }, "model.vectors=null").model.vectors,
    ).toBeNull();
    expect(resolve({ data: "x" }, "model.sizes=[3,4]").model.sizes).toEqual([3, 4]);
    expect(resolve({ data: "x" }, 'model={"hiddenSize":9}').model.hiddenSize).toBe(9);
    expect(resolve({ data: "a=b" }, "data=c=d").data).toBe("c=d");
  });

  it.each([
    [
      { data: "x", model: { hiddenSise: 3 } },
      [],
      'CONFIG_UNKNOWN_KEY: speech.json, model.hiddenSise: no such setting. Did you mean "hiddenSize"?',
    ],
    [
      { data: "x" },
      ["model.hiddenSise=3"],
      'CONFIG_UNKNOWN_KEY: --set model.hiddenSise: no such setting. Did you mean "hiddenSize"?',
    ],
    [
      { data: "x" },
      ["zzz=3"],
      "CONFIG_UNKNOWN_KEY: --set zzz: no such setting. Known here: data, format, seed, model, training.",
    ],
    [
      { data: "x", model: { hiddenSize: 0 } },
      [],
      "CONFIG_VALUE: speech.json, model.hiddenSize: expected a whole number from 1 to 4096, got 0.",
    ],
    [
      { data: "x" },
      ["model.hiddenSize=many"],
      'CONFIG_VALUE: --set model.hiddenSize: expected a whole number from 1 to 4096, got "many".',
    ],
    [
      { data: "x", model: { dropout: 1 } },
      [],
      "CONFIG_VALUE: speech.json, model.dropout: expected a number of at least 0 and below 1, got 1.",
    ],
    [
      { data: "x", model: { cell: "lsmt" } },
      [],
      'CONFIG_VALUE: speech.json, model.cell: expected one of "lstm", "gru", got "lsmt".',
    ],
    [{}, [], "CONFIG_VALUE: speech.json, data: expected text, got nothing."],
    [{ data: "x", model: 3 }, [], "CONFIG_VALUE: speech.json, model: expected an object of settings, got 3."],
    [
      { data: "x", seed: 1.5 },
      [],
      "CONFIG_VALUE: speech.json, seed: expected a whole number of at least 0, got 1.5.",
    ],
  ])("refuses %j with %j", (value, set, message) => {
    expect(() => resolve(value, ...set)).toThrow(expect.objectContaining({ name: "ConfigError", message }));
  });

  it("lists every problem", () => {
    expect(() => resolve({ data: "x", sed: 1, model: { hiddenSize: 0 } })).toThrow(
      'speech.json, sed: no such setting. Did you mean "seed"?\n  Also:\n  ' +
        "speech.json, model.hiddenSize: expected a whole number from 1 to 4096, got 0.",
    );
  });

  it("does not take names that every object has for settings", () => {
    const value = JSON.parse('{"data": "x", "__proto__": {"polluted": 1}, "constructor": 2}') as unknown;
    expect(() => resolve(value)).toThrow("speech.json, __proto__: no such setting.");
    expect(() => resolve({ data: "x" }, "__proto__.polluted=1")).toThrow("--set __proto__: no such setting.");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("shows what a schema's own rule says", () => {
    const schema = z.object({ low: z.number(), high: z.number() }).superRefine(({ low, high }, context) => {
      if (low > high) context.addIssue({ code: "custom", path: ["low"], message: "low is above high" });
    });
    expect(() => resolveSettings(schema, { name: "a.json", value: { low: 2, high: 1 } })).toThrow(
      "CONFIG_VALUE: a.json, low: low is above high.",
    );
  });

  it("knows the settings of every alternative, and reports the alternative that is meant", () => {
    const schema = z.object({
      optimiser: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("adam"), beta: z.number().max(1) }),
        z.strictObject({ kind: z.literal("sgd"), momentum: z.number() }),
      ]),
    });
    const run = (optimiser: unknown) => resolveSettings(schema, { name: "a.json", value: { optimiser } });
    expect(() => run({ kind: "adam", beta: 2 })).toThrow(
      "a.json, optimiser.beta: expected a number of at most 1, got 2.",
    );
    expect(() => run({ kind: "adma" })).toThrow(
      'a.json, optimiser.kind: expected "adam" or "sgd", got "adma".',
    );
    expect(() => run({ kind: "sgd", momentum: 0, beta: 1 })).toThrow(
      "a.json, optimiser.beta: no such setting.",
    );
  });
});

describe("parseAssignment", () => {
  it.each(["seed", "=3", "model.=3", ""])("refuses %j", (text) => {
    expect(() => parseAssignment(text, tree)).toThrow(
      `CONFIG_ASSIGNMENT: --set "${text}": expected key.path=value.`,
    );
  });
});
