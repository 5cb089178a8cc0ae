import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, it, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "timestep-metrics-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("the README's example prints what its comments say", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const expected = [...example.matchAll(/console\.log.*; \/\/ (.*)$/gm)].map((match) => match[1] as string);
  expect(expected.length).toBeGreaterThan(0);

  const file = join(folder, "example.ts");
  const index = fileURLToPath(new URL("index.ts", import.meta.url));
  writeFileSync(file, example.replace('"@timestep/metrics"', JSON.stringify(index)));
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  const printed = log.mock.calls.map((values) => values.join(" "));
  log.mockRestore();

  expect(printed.length).toBe(expected.length);
  for (const [line, text] of expected.entries()) {
    if (text.endsWith(" …")) expect(printed[line]?.startsWith(text.slice(0, -2))).toBe(true);
    else expect(printed[line]).toBe(text);
  }
});
