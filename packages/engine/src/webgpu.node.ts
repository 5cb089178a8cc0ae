import { type Gpu, isMissing } from "./webgpu.js";

/** What the npm package `webgpu` exports: Dawn, the WebGPU of Chromium. */
interface Dawn {
  create(options: readonly string[]): Gpu;
  /** The classes and constants that a browser has as globals. */
  readonly globals: Readonly<Record<string, unknown>>;
}

/** `navigator.gpu` where the runtime has one, else Dawn's. */
export async function nodeGpu(): Promise<Gpu> {
  const { navigator } = globalThis as { navigator?: { gpu?: Gpu } };
  if (navigator?.gpu !== undefined) return navigator.gpu;
  const optional = "webgpu"; // in a variable because the package is optional: the compiler must not look for it
  let dawn: Dawn;
  try {
    dawn = (await import(optional)) as Dawn;
  } catch (cause) {
    const reason = isMissing(cause)
      ? `is not installed, or has no binary for ${process.platform}-${process.arch}`
      : `does not load: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new Error(`the npm package webgpu ${reason}`, { cause });
  }
  for (const [name, value] of Object.entries(dawn.globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  return dawn.create([]);
}
