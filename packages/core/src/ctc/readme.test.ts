import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

/** What readers copy, except that they import the package by its name. */
const example = readFileSync(new URL("readme-example.fixture.ts", import.meta.url), "utf8").replace(
  '"../index.js"',
  '"@timestep/core"',
);

describe("the example of CTC in README.md", () => {
  it("is the one that runs here", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
  });

  it("prints what its comments say", async () => {
    const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import("./readme-example.fixture.js");
    const printed = print.mock.calls.map((words) => words.join(" "));
    print.mockRestore();
    expect(printed).toEqual(["an an -> an ant", "an 0 2 0.98", "ant 4 7 0.37"]);
  });
});
