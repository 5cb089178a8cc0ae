import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const names = ["readme-example", "readme-picture", "readme-corpus"];

/** What readers copy, except that they import the package by its name. */
const exampleOf = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}.ts`, import.meta.url), "utf8")
    .replace('"../index.js"', '"@timestep/captioning"')
    .replace('"../pictures.js"', '"@timestep/captioning/pictures"');

describe("the examples of README.md", () => {
  it.each(names)("are those that are checked here, %s", (name) => {
    expect(readme).toContain(`\`\`\`ts\n${exampleOf(name)}\`\`\`\n`);
  });

  it("are no more", () => {
    expect(readme.match(/```ts\n/g)).toHaveLength(names.length);
  });

  it("print what their comments say", async () => {
    const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import("./fixtures/readme-example.js");
    await import("./fixtures/readme-picture.js");
    const printed = print.mock.calls.map((words) => words.map((word: unknown) => asText(word)).join(" "));
    print.mockRestore();
    const comments = [...readme.matchAll(/console\.log\(.*; \/\/ (.*)/g)].map(([, comment]) => comment);
    expect(printed).toHaveLength(4);
    expect(printed).toEqual(comments);
  }, 60_000);
});

function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}
