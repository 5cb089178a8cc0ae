import { describe, expect, it } from "vitest";
import { libraryExample } from "./readme-example.js";

describe("libraryExample", () => {
  it("takes the first ts block under its heading", () => {
    const readme =
      "# T\n```ts\nno\n```\n## As a library\ntext\n```ts\nyes();\n```\n```ts\nlater\n```\n## Next\n";
    expect(libraryExample(readme)).toBe("yes();\n");
  });

  it("does not look into the next section", () => {
    expect(() => libraryExample("## As a library\ntext\n## Next\n```ts\nno\n```\n")).toThrow("As a library");
  });
});
