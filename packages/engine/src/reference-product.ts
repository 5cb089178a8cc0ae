import { matMul, ones, tidy } from "@tensorflow/tfjs-core";

const size = 256;
const repeats = 9;

/**
 * Milliseconds that a product [256, 256]×[256, 256] takes on the started engine: the yardstick of benchmarks.
 *
 * A figure given in units of it compares across machines, and across a machine's busy and idle hours.
 */
export async function timeReferenceProduct(): Promise<number> {
  const [a, b] = tidy(() => [ones([size, size]), ones([size, size])] as const);
  const times: number[] = [];
  for (let i = 0; i < repeats + 2; i++) {
    const started = performance.now();
    const product = matMul(a, b);
    await product.data();
    times.push(performance.now() - started);
    product.dispose();
  }
  a.dispose();
  b.dispose();
  times.splice(0, 2); // the first ones also start the machinery
  return times.sort((x, y) => x - y)[repeats >> 1] as number;
}
