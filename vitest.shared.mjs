import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Settings shared by every package's tests; packages resolve each other to their sources, so no build is needed. */
export function packageTests(configUrl, overrides = {}) {
  const root = fileURLToPath(new URL(".", configUrl));
  const { name } = JSON.parse(readFileSync(new URL("package.json", configUrl), "utf8"));
  return defineConfig({
    root,
    resolve: { conditions: ["@timestep/source"] },
    ssr: { resolve: { conditions: ["@timestep/source", "node"] } },
    test: {
      name,
      include: ["src/**/*.test.ts"],
      testTimeout: 30_000,
      passWithNoTests: true,
      ...overrides,
    },
  });
}
