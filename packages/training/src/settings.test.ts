import { describe, expect, it } from "vitest";
import { z } from "zod";
import { trainingSettings, trainingSettingsWith } from "./settings.js";

describe("training settings", () => {
  it("have defaults for everything, which stand as they are", () => {
    const defaults = trainingSettings.parse({});
    expect(defaults).toMatchObject({
      epochs: 10,
      batchSize: 32,
      clipNorm: 5,
      keepBest: 1,
      onNotFinite: "stop",
    });
    expect(defaults.optimiser).toMatchObject({ kind: "adam", learningRate: 0.001, beta1: 0.9, beta2: 0.999 });
    expect(trainingSettings.parse(defaults)).toEqual(defaults);
  });

  it("let a task bring its own defaults, which hold beside what a user sets", () => {
    const schema = z.strictObject({
      training: trainingSettingsWith({ epochs: 30, optimiser: { learningRate: 0.01 } }).prefault({}),
    });
    expect(schema.parse({}).training).toMatchObject({ epochs: 30, batchSize: 32 });
    const set = schema.parse({ training: { optimiser: { beta1: 0.8 } } }).training;
    expect(set).toMatchObject({ epochs: 30, optimiser: { learningRate: 0.01, beta1: 0.8 } });
  });

  it.each([
    [{ epoch: 3 }, /epoch/],
    [{ optimiser: { learningrate: 1 } }, /learningrate/],
    [{ epochs: 0 }, /epochs/],
    [{ averaging: 1 }, /averaging/],
    [{ optimiser: { learningRate: 0 } }, /learningRate/],
    [{ schedule: { kind: "noam" } }, /noam schedule needs warmupSteps/],
    [{ optimiser: { kind: "sgd", nesterov: true, momentum: 0 } }, /nesterov needs a momentum/],
  ])("refuse %j", (settings, message) => {
    expect(() => trainingSettings.parse(settings)).toThrow(message);
  });

  it("say of every setting what it does", () => {
    const silent = (schema: z.ZodType, path: string): string[] => {
      const inner = schema instanceof z.ZodPrefault ? (schema.unwrap() as z.ZodType) : schema;
      const own = schema.description === undefined && path !== "" ? [path] : [];
      if (!(inner instanceof z.ZodObject)) return own;
      return Object.entries(inner.shape as Record<string, z.ZodType>).reduce(
        (found, [key, value]) => [...found, ...silent(value, `${path}.${key}`)],
        own,
      );
    };
    expect(silent(trainingSettings, "")).toEqual([]);
  });
});
