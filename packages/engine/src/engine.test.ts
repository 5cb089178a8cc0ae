import { ConfigError, EngineError } from "@timestep/base";
import { getBackend, grad, scalar, square } from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { engineNames, readsSynchronously, startEngine } from "./engine.js";
import { timeReferenceProduct } from "./reference-product.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("startEngine", () => {
  it("takes under auto the first that starts and gives a reason for every other", async () => {
    vi.stubEnv("TIMESTEP_ENGINE", "");
    const report = await startEngine();
    expect(getBackend()).toBe({ cuda: "tensorflow" }[report.name as string] ?? report.name);
    const others = engineNames.filter((name) => name !== "auto" && name !== report.name);
    expect(report.passedOver.map(({ name }) => name).toSorted()).toEqual(others.toSorted());
    for (const { name, reason } of report.passedOver) expect(reason, name).toMatch(/\S/);
    expect(report.reason).toContain("the first that starts");
    expect(report.threads).toBeGreaterThanOrEqual(1);
    const order = ["cuda", "native", "wasm"];
    const reasonOf = new Map(report.passedOver.map(({ name, reason }) => [name, reason]));
    // Candidates before the one that was taken were tried and say why they did not start; later ones were not tried.
    for (const name of order.slice(0, order.indexOf(report.name))) {
      expect(reasonOf.get(name)).toMatch(
        /not installed|no NVIDIA device|does not load|not built|could not start/,
      );
    }
    for (const name of order.slice(order.indexOf(report.name) + 1)) {
      expect(reasonOf.get(name)).toBe(`after ${report.name}`);
    }
    for (const name of ["webgpu", "cpu"]) expect(reasonOf.get(name)).toBe("taken by name only");
  });

  it("takes an engine by name", async () => {
    const report = await startEngine({ engine: "cpu" });
    expect(report.name).toBe("cpu");
    expect(report.reason).toContain("asked for by name");
    expect(getBackend()).toBe("cpu");
    expect((await startEngine({ engine: "wasm" })).name).toBe("wasm");
    expect(getBackend()).toBe("wasm");
  });

  it("reads TIMESTEP_ENGINE, and an option goes before it", async () => {
    vi.stubEnv("TIMESTEP_ENGINE", "cpu");
    expect((await startEngine()).name).toBe("cpu");
    expect((await startEngine({ engine: "wasm" })).name).toBe("wasm");
  });

  it("refuses names that it does not know, wherever they come from", async () => {
    await expect(startEngine({ engine: "tpu" })).rejects.toMatchObject({ code: "ENGINE_UNKNOWN" });
    await expect(startEngine({ engine: "tpu" })).rejects.toThrow(/"tpu"[^]*wasm/);
    vi.stubEnv("TIMESTEP_ENGINE", "WASM");
    await expect(startEngine()).rejects.toBeInstanceOf(ConfigError);
  });

  it("says why an engine that was asked for does not start, and leaves the running one", async () => {
    await startEngine({ engine: "cpu" });
    vi.stubGlobal("navigator", { gpu: { requestAdapter: () => Promise.resolve(null) } });
    try {
      const failure = startEngine({ engine: "webgpu" });
      await expect(failure).rejects.toBeInstanceOf(EngineError);
      await expect(failure).rejects.toMatchObject({ code: "ENGINE_UNAVAILABLE" });
      await expect(failure).rejects.toThrow(/no GPU adapter/);
    } finally {
      vi.unstubAllGlobals();
    }
    expect(getBackend()).toBe("cpu");
  });

  it.each(["0", "-2", "1.5", "two", "Infinity"])("refuses TIMESTEP_THREADS=%s", async (threads) => {
    vi.stubEnv("TIMESTEP_THREADS", threads);
    await expect(startEngine({ engine: "cpu" })).rejects.toMatchObject({ code: "ENGINE_THREADS" });
  });

  it("refuses a bad thread count given as an option and takes good ones", async () => {
    for (const threads of [0, -1, 2.5, NaN]) {
      await expect(startEngine({ engine: "cpu", threads })).rejects.toMatchObject({ code: "ENGINE_THREADS" });
    }
    vi.stubEnv("TIMESTEP_THREADS", "2");
    expect((await startEngine({ engine: "cpu" })).name).toBe("cpu");
    vi.stubEnv("TIMESTEP_THREADS", "");
    expect((await startEngine({ engine: "cpu", threads: 1 })).name).toBe("cpu");
  });

  it.each(["cpu", "wasm"])("gives %s the gradients of operations", async (engine) => {
    await startEngine({ engine });
    expect(grad((x) => square(x))(scalar(3)).dataSync()[0]).toBe(6);
    expect(readsSynchronously()).toBe(true);
  });
});

it("times the reference product", async () => {
  await startEngine({ engine: "wasm" });
  const milliseconds = await timeReferenceProduct();
  expect(milliseconds).toBeGreaterThan(0);
  expect(milliseconds).toBeLessThan(1000);
});
