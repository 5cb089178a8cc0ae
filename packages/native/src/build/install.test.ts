import { execFile, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { arch, platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const here = fileURLToPath(new URL("../..", import.meta.url));
const modules = fileURLToPath(new URL("../../../../node_modules", import.meta.url));
const folders: string[] = [];

/** Stands for the addon: it compiles in a second, and says who made it. */
const addon = `
  #include <node_api.h>
  NAPI_MODULE_INIT() {
    napi_value maker;
    napi_create_string_utf8(env, MAKER, NAPI_AUTO_LENGTH, &maker);
    return maker;
  }
`;
const recipe = (maker: string): string =>
  `{"targets": [{"target_name": "timestep_native", "sources": ["addon.c"], "defines": ["MAKER=\\"${maker}\\""]}]}`;

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the package with a small addon. */
function copyOfPackage(maker: string): string {
  const folder = mkdtempSync(join(tmpdir(), "timestep-install-"));
  folders.push(folder);
  for (const name of ["install.mjs", "package.json"]) copyFileSync(join(here, name), join(folder, name));
  symlinkSync(modules, join(folder, "node_modules"));
  writeFileSync(join(folder, "addon.c"), addon);
  writeFileSync(join(folder, "binding.gyp"), recipe(maker));
  return folder;
}

const builtIn = (folder: string): string => join(folder, "build/Release/timestep_native.node");

/** Installs as npm does, and gives the lines that people see. */
async function install(folder: string, environment: Record<string, string> = {}): Promise<string[]> {
  const options = { cwd: folder, env: { ...process.env, ...environment } };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["install.mjs"], options);
  return (stdout + stderr).split("\n").filter((line) => line !== "");
}

/** What the addon of a folder says when it is loaded as the package loads it. */
async function load(folder: string): Promise<string> {
  const program = "console.log(require('node-gyp-build')(process.cwd()))";
  return (await promisify(execFile)(process.execPath, ["-e", program], { cwd: folder })).stdout.trim();
}

/** Whether this machine compiles; everything else is tested without. */
const compiles =
  spawnSync("sh", ["-c", "command -v make && command -v python3 && ${CC:-cc} --version"]).status === 0;
if (!compiles) console.warn("the build at install is not tested: no C compiler, make and Python 3");

/** Nothing to compile with: no compiler, no make, no Python. */
const bare = {
  PATH: dirname(process.execPath) === "/usr/bin" ? "/nowhere" : dirname(process.execPath),
  PYTHON: "",
};

describe("installing the package", { timeout: 120_000 }, () => {
  it.each([
    ["without a compiler, make and Python", { ...bare, NODE_GYP_FORCE_PYTHON: "/nowhere/python3" }],
    ["with a compiler that fails", { CC: "false", CXX: "false" }],
    ["under npm --silent", { ...bare, npm_config_loglevel: "silent" }],
  ])("%s: succeeds, says one line and leaves no addon", async (_name, environment) => {
    const folder = copyOfPackage("this");
    mkdirSync(dirname(builtIn(folder)), { recursive: true });
    writeFileSync(builtIn(folder), "half of an addon");
    const lines = await install(folder, environment);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/wasm engine takes over[^]*compiler[^]*npm rebuild @timestep\/native/);
    expect(existsSync(builtIn(folder))).toBe(false);
    expect(readFileSync(join(folder, "build/install.log"), "utf8")).toMatch(/\S/);
    await expect(load(folder)).rejects.toThrow(/No native build was found/);
  });

  it.skipIf(!compiles)("builds where it can, and what it built loads", async () => {
    const folder = copyOfPackage("this machine");
    expect(await install(folder)).toEqual([]);
    expect(await load(folder)).toBe("this machine");
  });

  it.skipIf(!compiles)("takes nothing that does not load", async () => {
    const folder = copyOfPackage("nobody");
    writeFileSync(join(folder, "addon.c"), `extern int nowhere(void); int here(void) { return nowhere(); }`);
    expect(await install(folder)).toHaveLength(1);
    expect(existsSync(builtIn(folder))).toBe(false);
  });

  it.skipIf(!compiles)("prefers an addon that came built, unless it does not load", async () => {
    const folder = copyOfPackage("the release");
    await install(folder);
    const prebuilt = join(folder, `prebuilds/${platform()}-${arch()}/@timestep+native.node`);
    mkdirSync(dirname(prebuilt), { recursive: true });
    copyFileSync(builtIn(folder), prebuilt);
    writeFileSync(join(folder, "binding.gyp"), recipe("this machine"));
    expect(await install(folder, { CC: "false", CXX: "false" })).toEqual([]);
    expect(await load(folder)).toBe("the release");

    writeFileSync(prebuilt, "made for another system");
    expect(await install(folder)).toEqual([]);
    expect(await load(folder)).toBe("this machine");
  });
});
