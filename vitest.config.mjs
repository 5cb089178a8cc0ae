import { defineConfig } from "vitest/config";

// As many files at a time as there are processors: by default one is left idle.
export default defineConfig({ test: { maxWorkers: "100%", projects: ["packages/*", "apps/*", "tools"] } });
