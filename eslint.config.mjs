import nx from "@nx/eslint-plugin";
import tseslint from "typescript-eslint";

/** Which layers a layer may import; arrows point one way (docs/architecture.md). */
const layers = {
  base: [],
  engine: ["base"],
  core: ["base", "engine"],
  data: ["base"],
  metrics: ["base"],
  training: ["base", "engine", "core", "data", "metrics"],
  task: ["base", "engine", "core", "data", "metrics", "training"],
  cli: ["base", "engine", "data", "metrics", "training"],
  app: ["base", "engine", "data", "metrics", "training", "task", "cli"],
  testing: ["base"],
  tools: ["base", "engine", "core", "data", "metrics", "training", "task", "cli", "app", "testing"],
};

const boundary = (extra) => [
  "error",
  {
    enforceBuildableLibDependency: true,
    // "#name" is a file of the same package (`imports` in its package.json).
    allow: ["^.*/vitest\\.shared\\.mjs$", "^#"],
    // Command lines import types from these and load the code only when a verb needs it, so that --help is quick.
    checkDynamicDependenciesExceptions: ["^@timestep/engine$", "^@timestep/training"],
    depConstraints: Object.entries(layers).map(([layer, allowed]) => ({
      sourceTag: `layer:${layer}`,
      onlyDependOnLibsWithTags: [layer, ...allowed, ...extra].map((name) => `layer:${name}`),
    })),
  },
];

export default tseslint.config(
  { ignores: ["**/dist/**", "**/out-tsc/**", "**/node_modules/**"] },
  { plugins: { "@nx": nx } },
  ...tseslint.configs.strict.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unnecessary-condition": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, varsIgnorePattern: "^_$" }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true } }],
    },
  },
  { files: ["**/*.ts"], rules: { "@nx/enforce-module-boundaries": boundary([]) } },
  {
    files: ["**/*.test.ts", "**/*.fixture.ts", "**/fixtures/**/*.ts"],
    rules: { "@nx/enforce-module-boundaries": boundary(["testing"]) },
  },
  { files: ["**/vitest.config.ts"], rules: { "no-restricted-exports": "off" } },
);
