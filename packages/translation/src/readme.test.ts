import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

/** What readers copy, except that they import the package by its name. */
const example = readFileSync(new URL("fixtures/readme-example.ts", import.meta.url), "utf8").replace(
  '"../index.js"',
  '"@timestep/translation"',
);

describe("the example of README.md", () => {
  it("is the one that runs here", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
  });

  it("prints what its comments say", async () => {
    const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import("./fixtures/readme-example.js");
    const printed = print.mock.calls.map((words) => words.join(" "));
    print.mockRestore();
    expect(printed).toEqual(["a bird sings.", "4"]);
  }, 120_000);
});
