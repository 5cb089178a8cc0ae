import {
  type BatchMatMulAttrs,
  type backend_util,
  broadcast_util,
  getKernel,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Addon } from "../addon.js";
import { packedOperand } from "./held-operands.js";
import type { KernelMaker } from "../backend/backend.js";
import { floats, fresh, host, type KernelArguments, make, sizeOf } from "../backend/backend-values.js";

/** `BatchMatMul` with every transpose and broadcast, and `_FusedMatMul` on top of it. */
export function productKernels(addon: Addon): [string, KernelMaker][] {
  return [
    [
      "BatchMatMul",
      (fallback) => (args) => {
        const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
        return a.dtype === "float32" && b.dtype === "float32" ? product(addon, args) : fallback(args);
      },
    ],
    ["_FusedMatMul", () => fused],
  ];
}

/** Matrices of a by matrices of b, [..., m, k] × [..., k, n], leading axes broadcast. */
function product(addon: Addon, { inputs, attrs, backend }: KernelArguments): TensorInfo {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [rows, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [inner, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  util.assert(
    k === inner,
    () =>
      `Error in matMul: inner shapes (${k}) and (${inner}) of Tensors with shapes ${a.shape} and ${b.shape} and ` +
      `transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  const leadingA = a.shape.slice(0, -2);
  const leadingB = b.shape.slice(0, -2);
  const leading = broadcast_util.assertAndGetBroadcastShape(leadingA, leadingB);
  const shape = [...leading, rows, n];
  let m = rows;
  let matricesA = sizeOf(leadingA);
  const matricesB = sizeOf(leadingB);
  let items: Int32Array;
  if (matricesB === 1 && !transposeA && matricesA > 1) {
    m *= matricesA; // one b for all: a is one tall matrix
    matricesA = 1;
    items = Int32Array.of(0, 0);
  } else {
    items = pairs(leading, leadingA, leadingB);
  }
  const values = fresh(backend, sizeOf(shape));
  const packed =
    items.length === 2 && matricesB === 1
      ? packedOperand(addon, backend, b, { k, n, transposed: transposeB }, m)
      : undefined;
  if (packed !== undefined) {
    addon.multiplyPacked(floats(backend, a), packed, values, m, n, k, transposeA);
    return make(backend, shape, "float32", values);
  }
  addon.matMul(
    floats(backend, a),
    floats(backend, b),
    values,
    matricesA,
    matricesB,
    items,
    m,
    n,
    k,
    transposeA,
    transposeB,
  );
  return make(backend, shape, "float32", values);
}

/** For every item of the output, which matrix of a and which of b. */
function pairs(leading: number[], leadingA: number[], leadingB: number[]): Int32Array {
  const items = new Int32Array(sizeOf(leading) * 2);
  [leadingA, leadingB].forEach((own, side) => {
    const offset = leading.length - own.length;
    for (let item = 0; item < items.length / 2; item++) {
      let rest = item;
      let index = 0;
      let stride = 1;
      for (let axis = leading.length - 1; axis >= offset; axis--) {
        const size = own[axis - offset] as number;
        const position = rest % (leading[axis] as number);
        rest = Math.floor(rest / (leading[axis] as number));
        if (size > 1) index += position * stride;
        stride *= size;
      }
      items[2 * item + side] = index;
    }
  });
  return items;
}

const activations: Record<backend_util.Activation, string | undefined> = {
  linear: undefined,
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** The product, then the bias, then the activation, each by its own kernel. */
function fused({ inputs, attrs, backend }: KernelArguments): TensorInfo {
  const { a, b, bias, preluActivationWeights } = inputs as {
    a: TensorInfo;
    b: TensorInfo;
    bias?: TensorInfo;
    preluActivationWeights?: TensorInfo;
  };
  const { transposeA, transposeB, activation, leakyreluAlpha } = attrs as unknown as BatchMatMulAttrs & {
    activation?: backend_util.Activation;
    leakyreluAlpha?: number;
  };
  const run = (name: string, from: Record<string, TensorInfo>, settings: object): TensorInfo =>
    getKernel(name, "native").kernelFunc({
      inputs: from,
      attrs: settings as NonNullable<KernelArguments["attrs"]>,
      backend,
    }) as TensorInfo;
  let result = run("BatchMatMul", { a, b }, { transposeA, transposeB });
  const replace = (next: TensorInfo): void => {
    host(backend).disposeIntermediateTensorInfo(result);
    result = next;
  };
  if (bias !== undefined) replace(run("Add", { a: result, b: bias }, {}));
  const name = activation === undefined ? undefined : activations[activation];
  if (name === "Prelu") {
    if (preluActivationWeights === undefined) throw new Error("fused matMul: prelu needs its weights");
    replace(run(name, { x: result, alpha: preluActivationWeights }, {}));
  } else if (name !== undefined) {
    replace(run(name, { x: result, features: result }, { alpha: leakyreluAlpha }));
  }
  return result;
}
