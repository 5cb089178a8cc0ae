import {
  type BatchMatMulAttrs,
  getKernel,
  type KernelBackend,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from "@tensorflow/tfjs-core";

/**
 * Below this many multiply-adds per item a batched product stays on the stock kernel: copying the items out to reach
 * the fast path would cost more than it saves.
 */
const smallestItem = 4096;

/**
 * Replaces the wasm backend's `BatchMatMul`. The stock kernel reaches XNNPACK only without transpose flags and with a
 * batch of one; everything else, so every gradient of a product, drops to a scalar loop, about 11 times slower.
 * The replacement transposes first and walks over the batch.
 */
export function repairBatchMatMul(): void {
  const { setupFunc, kernelFunc: stock } = getKernel("BatchMatMul", "wasm");
  const transpose = kernel("Transpose");
  const slice = kernel("Slice");
  const concat = kernel("Concat");
  unregisterKernel("BatchMatMul", "wasm");
  registerKernel({
    kernelName: "BatchMatMul",
    backendName: "wasm",
    ...(setupFunc === undefined ? {} : { setupFunc }), // binds the stock kernel when the backend starts
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs;
      const host = backend as KernelBackend;
      const temporary: TensorInfo[] = [];
      const keep = (info: TensorInfo): TensorInfo => {
        temporary.push(info);
        return info;
      };
      const swap = (x: TensorInfo): TensorInfo => {
        const perm = x.shape.map((_, axis) => axis);
        perm.push(...perm.splice(-2).reverse());
        return keep(one(transpose({ inputs: { x }, attrs: { perm }, backend: host })));
      };
      const product = (left: TensorInfo, right: TensorInfo): TensorInfo =>
        one(
          stock({
            inputs: { a: left, b: right },
            attrs: { transposeA: false, transposeB: false },
            backend: host,
          }),
        );

      const left = transposeA ? swap(a) : a;
      const right = transposeB ? swap(b) : b;
      const output = isLargeBatch(left, right)
        ? itemByItem(left, right, { product, keep, slice, concat, backend: host })
        : product(left, right);
      for (const info of temporary) host.disposeData(info.dataId);
      return output;
    },
  });
}

/** Rank 3, the same batch of more than one on both sides, and items worth the copies. */
function isLargeBatch(a: TensorInfo, b: TensorInfo): boolean {
  if (a.shape.length !== 3 || b.shape.length !== 3) return false;
  const [batch = 0, rows = 0, inner = 0] = a.shape;
  const columns = b.shape[2] ?? 0;
  return batch > 1 && b.shape[0] === batch && rows * inner * columns >= smallestItem;
}

interface Steps {
  product(left: TensorInfo, right: TensorInfo): TensorInfo;
  keep(info: TensorInfo): TensorInfo;
  slice: KernelFunc;
  concat: KernelFunc;
  backend: KernelBackend;
}

function itemByItem(
  a: TensorInfo,
  b: TensorInfo,
  { product, keep, slice, concat, backend }: Steps,
): TensorInfo {
  const item = (x: TensorInfo, index: number): TensorInfo => {
    const [, rows = 0, columns = 0] = x.shape;
    return keep(
      one(slice({ inputs: { x }, attrs: { begin: [index, 0, 0], size: [1, rows, columns] }, backend })),
    );
  };
  const products: TensorInfo[] = [];
  for (let index = 0; index < (a.shape[0] ?? 0); index++) {
    products.push(keep(product(item(a, index), item(b, index))));
  }
  return one(
    concat({ inputs: products as unknown as Record<string, TensorInfo>, attrs: { axis: 0 }, backend }),
  );
}

function kernel(name: string): KernelFunc {
  return getKernel(name, "wasm").kernelFunc;
}

function one(result: TensorInfo | TensorInfo[]): TensorInfo {
  return Array.isArray(result) ? (result[0] as TensorInfo) : result;
}
