import { build } from "esbuild";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { workspaceRoot } from "../workspace.js";
import type { Outcome } from "./outcomes.js";

/** Engines that TF.js's own tests run on here. */
export const suiteEngines = ["cpu", "native"] as const;
export type SuiteEngine = (typeof suiteEngines)[number];

const jasmine = createRequire(import.meta.url).resolve("jasmine-core");

/**
 * The tests that TF.js core carries in its package, bundled with the engines into one program: TF.js keeps its state in
 * modules, so tests and engines must share every one of them.
 */
export class TfjsSuite {
  private constructor(private readonly folder: string) {}

  /** Bundles the tests; a few seconds. */
  static async bundle(): Promise<TfjsSuite> {
    const folder = await mkdtemp(join(tmpdir(), "timestep-tfjs-tests-"));
    const modules = [
      "./suite-boot.ts",
      "./suite-engine.ts",
      "@tensorflow/tfjs-core/dist/tests.js",
      "./suite-run.ts",
    ];
    await build({
      stdin: {
        contents: modules.map((name) => `import ${JSON.stringify(name)};`).join("\n"),
        resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      },
      outfile: join(folder, "suite.cjs"),
      bundle: true,
      format: "cjs",
      platform: "node",
      mainFields: ["module", "main"],
      conditions: ["@timestep/source"],
      ignoreAnnotations: true, // the package calls its tests free of side effects
      logLevel: "error",
      // The addon is looked for beside the source file that loads it.
      define: {
        "import.meta.url": JSON.stringify(pathToFileURL(join(workspaceRoot, "packages/native/src/addon.ts"))),
      },
      plugins: [
        {
          name: "engine-under-test",
          setup({ onLoad, onResolve }) {
            // Jasmine reads its own folder as it loads.
            onResolve({ filter: /^jasmine-core$/ }, () => ({ path: jasmine, external: true }));
            // One family of tests is written for the backend "cpu" by name, though it is about any.
            onLoad({ filter: /tfjs-core\/dist\/engine_test\.js$/ }, async ({ path }) => ({
              contents: (await readFile(path, "utf8")).replaceAll(
                "'cpu'",
                'process.env["TFJS_TESTS_ENGINE"]',
              ),
            }));
          },
        },
      ],
    });
    return new TfjsSuite(folder);
  }

  /**
   * Runs all tests on one engine in a process of its own.
   *
   * @throws {Error} when the process ends before the tests do; the message has the end of what it printed.
   */
  async run(engine: SuiteEngine): Promise<Outcome[]> {
    const child = fork(join(this.folder, "suite.cjs"), {
      env: { ...process.env, TFJS_TESTS_ENGINE: engine },
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let printed = "";
    const keep = (text: Buffer): void => {
      printed = (printed + text.toString()).slice(-2000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    let outcomes: Outcome[] | undefined;
    child.on("message", (message) => {
      outcomes = message as Outcome[];
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (outcomes === undefined)
      throw new Error(`TF.js's tests on ${engine} ended early (code ${code}): ${printed}`);
    return outcomes;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
