import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { offerSoftwareGpu } from "@timestep/testing";
import { getBackend, grad, matMul, scalar, square, sum, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { readsSynchronously, startEngine } from "./engine.js";

offerSoftwareGpu();
const missing = await startEngine({ engine: "webgpu" }).then(
  () => undefined,
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
);
if (missing !== undefined) console.warn(`tests of the webgpu engine are skipped: ${missing}`);

const sources = fileURLToPath(new URL(".", import.meta.url));

/** Runs a program that starts webgpu and multiplies [50, 50] matrices, then does `rest`. */
async function inProcess(
  rest: string,
  environment: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const program = `
    import { startEngine } from "./engine.ts";
    import { matMul, ones } from "@tensorflow/tfjs-core";
    const report = await startEngine({ engine: "webgpu" });
    const product = matMul(ones([50, 50]), ones([50, 50]));
    globalThis.held = product; // what a program keeps until its end
    ${rest}
  `;
  const flags = [
    "--conditions=@timestep/source",
    "--import",
    "tsx",
    "--input-type=module",
    "--eval",
    program,
  ];
  const options = { cwd: sources, env: { ...process.env, ...environment }, timeout: 60_000 };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

describe.skipIf(missing !== undefined)("the webgpu engine", () => {
  beforeAll(async () => {
    await startEngine({ engine: "webgpu" });
  });

  it("names the adapter that it runs on", async () => {
    const report = await startEngine({ engine: "webgpu" });
    expect(report).toMatchObject({ name: "webgpu", threads: 1 });
    expect(report.details["adapter"]).toMatch(/\w/);
    expect(report.passedOver.map(({ name }) => name)).toContain("wasm");
  });

  it("multiplies, and has gradients", async () => {
    const product = tidy(() => matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]])));
    expect(await product.data()).toEqual(Float32Array.of(11));
    const slope = tidy(() => grad((x) => sum(square(x)))(scalar(3)));
    expect(await slope.data()).toEqual(Float32Array.of(6));
  });

  it("refuses to read without waiting, and reads at once what has been waited for", async () => {
    expect(readsSynchronously()).toBe(false);
    const product = matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]]));
    const first = square(matMul(product, product)); // too much to be worked out beside the GPU
    expect(() => first.dataSync()).toThrow(/ENGINE_READS_LATER[^]*Async/);
    await first.data();
    expect(first.dataSync()).toEqual(Float32Array.of(121 * 121));
  });

  it("leaves no navigator behind, which other code would take for a browser", () => {
    expect((globalThis as { navigator?: { gpu?: object } }).navigator?.gpu).toBeUndefined();
  });

  it("gives way to another engine and comes back", async () => {
    await startEngine({ engine: "cpu" });
    expect(getBackend()).toBe("cpu");
    await startEngine({ engine: "webgpu" });
    expect(getBackend()).toBe("webgpu");
  });
});

describe.skipIf(missing !== undefined)(
  "a process with a device alive",
  { concurrent: true, timeout: 90_000 },
  () => {
    it.each([
      ["ends by itself", `console.log((await product.data())[0])`, 0, "50\n"],
      ["ends with work under way", `void product; console.log("end")`, 0, "end\n"],
      ["ends with a read under way", `product.data().then((values) => console.log(values[7]))`, 0, "50\n"],
      ["ends by process.exit", `product.data(); console.log("exit"); process.exit(3)`, 3, "exit\n"],
      ["ends by an exception", `await product.data(); throw new Error("on purpose")`, 1, ""],
    ])("%s", async (_name, rest, code, out) => {
      expect(await inProcess(rest)).toMatchObject({ code, out });
    });

    it("says what was looked for where there is no adapter, and ends", async () => {
      const { code, err } = await inProcess("", { VK_ICD_FILENAMES: "/nowhere.json" });
      expect(code).toBe(1);
      expect(err).toMatch(/ENGINE_UNAVAILABLE[^]*no GPU adapter[^]*VK_ICD_FILENAMES/);
    });
  },
);
