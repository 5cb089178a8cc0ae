import { EngineError } from "@timestep/base";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { AttentionDecoderAddon } from "./kernels/attention-decoder-addon.js";
import type { BroadcastAddon } from "./kernels/broadcast.js";
import type { ConvolutionAddon } from "./kernels/convolution-addon.js";
import type { LayoutAddon } from "./kernels/layout-addon.js";
import type { LossesAddon } from "./kernels/losses-addon.js";
import type { OptimiserAddon } from "./kernels/optimiser.js";
import type { PackedAddon } from "./kernels/packed-addon.js";
import type { RecurrentAddon } from "./kernels/recurrent-addon.js";
import type { RowAddon } from "./kernels/rows.js";
import type { TreeAddon } from "./kernels/tree-addon.js";
import type { VocabularyAddon } from "./kernels/vocabulary-addon.js";

/** What the C++ side exports; every call checks its arguments and throws a TypeError when one does not fit. */
export interface Addon
  extends
    RecurrentAddon,
    ConvolutionAddon,
    LossesAddon,
    OptimiserAddon,
    BroadcastAddon,
    RowAddon,
    LayoutAddon,
    TreeAddon,
    AttentionDecoderAddon,
    PackedAddon,
    VocabularyAddon {
  setThreads(threads: number): number;
  simd(): string;
  /** c [items.length / 2, m, n]: product i is matrix items[2i] of a by matrix items[2i + 1] of b. */
  matMul(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    aMatrices: number,
    bMatrices: number,
    items: Int32Array,
    m: number,
    n: number,
    k: number,
    transposeA: boolean,
    transposeB: boolean,
  ): void;
  /** c [outer, middle, inner] = a ∘ b with b [middle]; with `swapped`, b ∘ a. */
  binary(
    op: number,
    swapped: boolean,
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    outer: number,
    middle: number,
    inner: number,
  ): void;
  unary(op: number, x: Float32Array, y: Float32Array, size: number): void;
  /** y [outer, inner] = sums of x [outer, middle, inner] over the middle. */
  sum(x: Float32Array, y: Float32Array, outer: number, middle: number, inner: number): void;
  /** How many bytes past the last multiple of 64 a buffer begins. */
  misalignment(buffer: ArrayBuffer): number;
  softmax(x: Float32Array, y: Float32Array, rows: number, columns: number): void;
  /** Operations a second of the largest micro-kernel. */
  peak(threads: number, milliseconds: number): number;
  /** Bytes a second of going through `bytes` bytes. */
  bandwidth(traffic: "read" | "triad", threads: number, bytes: number, milliseconds: number): number;
}

let loaded: Addon | undefined;

/** The addon that the install built, or the one that came built for this platform. */
const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Loads the addon; once in a process.
 *
 * @throws {EngineError} NATIVE_NOT_BUILT when there is none for this platform, or it does not load.
 */
export function loadAddon(): Addon {
  if (loaded !== undefined) return loaded;
  try {
    const load = createRequire(import.meta.url)("node-gyp-build") as (root: string) => Addon;
    loaded = load(root);
  } catch (cause) {
    const said = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    const log = `${root}build/install.log`;
    const told = existsSync(log) ? `it was not built; what the compiler said is in ${log}` : said;
    throw new EngineError("NATIVE_NOT_BUILT", `the native addon could not start: ${told}.`, {
      hint: "Install a C++17 compiler, make and Python 3 and run `npm rebuild @timestep/native`.",
      cause,
    });
  }
  return loaded;
}
