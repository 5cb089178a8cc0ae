import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicPackages, requireBuilt, runTool, workspaceRoot } from "../workspace.js";
import { libraryExample } from "./readme-example.js";

describe("packed packages", () => {
  const packages = publicPackages();
  const folder = mkdtempSync(join(tmpdir(), "timestep-pack-"));
  const home = join(folder, "user");

  beforeAll(() => {
    requireBuilt(packages);
    const args = ["pack", "--json", "--pack-destination", folder, ...packages.map((each) => each.folder)];
    const packed = JSON.parse(runTool("npm", args)) as { filename: string }[];
    const tarballs = packed.map(({ filename }) => `file:${join(folder, filename)}`);
    mkdirSync(home);
    const names = packages.map(({ manifest }) => manifest.name);
    const dependencies = Object.fromEntries(names.map((name, index) => [name, tarballs[index]]));
    writeFileSync(
      join(home, "package.json"),
      // Overrides make the packages find each other as tarballs too: their versions are in no registry yet.
      JSON.stringify({ name: "user", private: true, type: "module", dependencies, overrides: dependencies }),
    );
    runTool("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"], home);
  }, 180_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("carry no tests and no build records", () => {
    const args = ["pack", "--dry-run", "--json", ...packages.map((each) => each.folder)];
    const packed = JSON.parse(runTool("npm", args)) as { files: { path: string }[] }[];
    const paths = packed.flatMap(({ files }) => files.map(({ path }) => path));
    expect(paths.length).toBeGreaterThan(packages.length);
    expect(paths.filter((path) => /\.test\.|tsbuildinfo|node_modules/.test(path))).toEqual([]);
  });

  it("run the README's library example from an empty folder", () => {
    const example = libraryExample(readFileSync(join(workspaceRoot, "README.md"), "utf8"));
    writeFileSync(join(home, "example.ts"), example);
    const compilerOptions = {
      ...{ target: "es2023", lib: ["es2023", "dom"], module: "nodenext", moduleResolution: "nodenext" },
      ...{ strict: true, skipLibCheck: true, types: [], outDir: "out" },
    };
    writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["example.ts"] }));
    runTool(
      process.execPath,
      [join(workspaceRoot, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json"],
      home,
    );
    const output = runTool(process.execPath, ["out/example.js"], home);
    expect(output.trim()).not.toBe("");
  }, 180_000);

  it("bring the program timestep-slots", () => {
    const output = runTool(join(home, "node_modules/.bin/timestep-slots"), ["--help"], home);
    expect(output).toContain("Usage: timestep-slots");
  }, 60_000);
});
