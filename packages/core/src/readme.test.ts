import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

const examples = [
  {
    of: "ctc",
    run: () => import("./ctc/readme-example.fixture.js"),
    prints: ["an an -> an ant", "an 0 2 0.98", "ant 4 7 0.37"],
  },
  {
    of: "decoding",
    run: () => import("./decoding/readme-example.fixture.js"),
    prints: ["two red birds", "red birds 0.36", "two birds 0.21"],
  },
];

describe.each(examples)("the example of $of in README.md", ({ of, run, prints }) => {
  it("is the one that runs here", () => {
    const source = readFileSync(new URL(`${of}/readme-example.fixture.ts`, import.meta.url), "utf8");
    // What readers copy imports the package by its name.
    const example = source.replace('"../index.js"', '"@timestep/core"');
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(readme).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
  });

  it("prints what its comments say", async () => {
    const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await run();
    const printed = print.mock.calls.map((words) => words.join(" "));
    print.mockRestore();
    expect(printed).toEqual(prints);
  });
});
