import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { captioningSettings } from "./settings.js";

const folder = new URL("../recipes/", import.meta.url);

describe("recipes", () => {
  it.each(readdirSync(folder))("%s has settings that are valid, and only such", (name) => {
    const recipe: unknown = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    expect(() => captioningSettings.parse(recipe)).not.toThrow();
    expect(() => captioningSettings.parse({ ...(recipe as object), unheardOf: 1 })).toThrow("unheardOf");
  });
});
