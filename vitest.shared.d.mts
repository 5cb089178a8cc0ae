import type { ViteUserConfig } from "vitest/config";

export declare function packageTests(
  configUrl: string,
  overrides?: NonNullable<ViteUserConfig["test"]>,
): ViteUserConfig;
