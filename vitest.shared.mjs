import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Settings shared by every package's tests; packages resolve each other to their sources, so no build is needed. */
export function packageTests(configUrl, overrides = {}) {
  const root = fileURLToPath(new URL(".", configUrl));
  return defineConfig({
    root,
    resolve: { conditions: ["@timestep/source"] },
    ssr: { resolve: { conditions: ["@timestep/source", "node"] } },
    test: {
      name: root.split("/").at(-2),
      include: ["src/**/*.test.ts"],
      testTimeout: 30_000,
      passWithNoTests: true,
      ...overrides,
    },
  });
}
