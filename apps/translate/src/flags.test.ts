import { type Translator, translationSettings } from "@timestep/translation";
import { describe, expect, it } from "vitest";
import { outputOptions, searchOptions } from "./flags.js";

const run = (kind: "additive" | "none"): Translator =>
  ({ settings: translationSettings.parse({ seed: 5, model: { attention: { kind } } }) }) as Translator;
const attends = run("additive");
const plain = run("none");

describe("flags that need attention", () => {
  const needing: Readonly<Record<string, string | true>>[] = [
    { replaceUnknown: true },
    { coveragePenalty: "0.2" },
    { alignment: true },
  ];

  it.each(needing)("%j", (flags) => {
    expect(() => outputOptions(flags, [attends, attends])).not.toThrow();
    expect(() => outputOptions(flags, [plain])).toThrow("FLAG_ATTENTION");
    expect(() => outputOptions(flags, [attends, plain])).toThrow("FLAG_ATTENTION");
  });

  it("leave others to any network", () => {
    expect(searchOptions({ beam: "3", coveragePenalty: "0" }, [attends, plain])).toEqual({
      beam: 3,
      coveragePenalty: 0,
    });
    expect(outputOptions({}, [attends, plain])).toEqual({ align: false });
  });
});
