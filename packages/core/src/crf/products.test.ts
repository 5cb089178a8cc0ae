import { seeded } from "@timestep/base";
import { largestRelativeError } from "@timestep/testing";
import { describe, expect, it } from "vitest";
import { addOuterProducts, matrixTimesVectors, type VectorProduct, vectorsTimesMatrix } from "./products.js";

describe("products", () => {
  // Sizes on both sides of the blocks of four.
  it.each([1, 2, 3, 4, 5, 7, 8, 9, 15, 17])("agree with plain sums at size %i", (size) => {
    const random = seeded(size);
    const normals = (count: number): Float64Array =>
      Float64Array.from({ length: count }, () => random.normal());
    const matrix = normals(size * size);
    const m = (i: number, j: number): number => matrix[i * size + j] as number;
    const each = (at: (i: number) => number): Float64Array =>
      Float64Array.from({ length: size }, (_, i) => at(i));
    const total = (term: (n: number) => number, count = size): number => {
      let sum = 0;
      for (let n = 0; n < count; n++) sum += term(n);
      return sum;
    };

    for (const count of [0, 1, 2, 3]) {
      const products = Array.from({ length: count }, (_, n): VectorProduct => {
        return { vector: normals(n + size), offset: n, result: new Float64Array(size).fill(9) };
      });
      const entry = ({ vector, offset }: VectorProduct, i: number): number => vector[offset + i] as number;
      vectorsTimesMatrix(products, matrix, size);
      for (const product of products) {
        const wanted = each((j) => total((i) => entry(product, i) * m(i, j)));
        expect(largestRelativeError(product.result, wanted)).toBeLessThan(1e-13);
      }
      matrixTimesVectors(matrix, products, size);
      for (const product of products) {
        const wanted = each((i) => total((j) => m(i, j) * entry(product, j)));
        expect(largestRelativeError(product.result, wanted)).toBeLessThan(1e-13);
      }
    }

    for (const count of [0, 1, 3, 4, 6]) {
      const left = normals(count * size);
      const right = normals(count * size);
      const outer = Float64Array.from(matrix);
      addOuterProducts(left, right, count, size, outer);
      const expected = Float64Array.from({ length: size * size }, (_, n) => {
        const [i, j] = [Math.floor(n / size), n % size];
        const added = total((c) => (left[c * size + i] as number) * (right[c * size + j] as number), count);
        return m(i, j) + added;
      });
      expect(largestRelativeError(outer, expected)).toBeLessThan(1e-13);
    }
  });
});
