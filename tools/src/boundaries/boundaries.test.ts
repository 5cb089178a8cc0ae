import { join } from "node:path";
import { ESLint } from "eslint";
import { beforeAll, describe, expect, it } from "vitest";
import { runTool, workspaceRoot } from "../workspace.js";

const rule = "@nx/enforce-module-boundaries";

/** What the boundary rule says when the entry file of a package held this text. */
async function boundaryMessages(packageFolder: string, file: string, text: string): Promise<string[]> {
  const eslint = new ESLint({ cwd: workspaceRoot });
  const results = await eslint.lintText(text, { filePath: join(workspaceRoot, packageFolder, "src", file) });
  const messages = results.flatMap((result) => result.messages);
  const fatal = messages.find((message) => message.fatal === true);
  if (fatal !== undefined) throw new Error(fatal.message);
  return messages.filter((message) => message.ruleId === rule).map((message) => message.message);
}

describe("module boundaries", () => {
  // The rule reads the project graph and says nothing without one.
  beforeAll(() => {
    runTool("npx", ["--no-install", "nx", "show", "projects"]);
  }, 120_000);

  it("refuses an import that points up", async () => {
    const text = 'export { train } from "@timestep/training";\n';
    expect(await boundaryMessages("packages/metrics", "index.ts", text)).toEqual([
      expect.stringContaining(
        'tagged with "layer:metrics" can only depend on libs tagged with "layer:metrics", "layer:base"',
      ),
    ]);
  });

  it("refuses the engine in packages that stay free of tensors", async () => {
    const text = 'export { startEngine } from "@timestep/engine";\n';
    expect(await boundaryMessages("packages/data", "index.ts", text)).toHaveLength(1);
    expect(await boundaryMessages("packages/metrics", "index.ts", text)).toHaveLength(1);
  });

  it("lets the same file import downwards", async () => {
    const text = 'export { seeded } from "@timestep/base";\n';
    expect(await boundaryMessages("packages/metrics", "index.ts", text)).toEqual([]);
  });

  it("refuses a path into another package", async () => {
    const text = 'export { seeded } from "../../base/src/random.js";\n';
    expect(await boundaryMessages("packages/metrics", "index.ts", text)).not.toEqual([]);
  });
});
