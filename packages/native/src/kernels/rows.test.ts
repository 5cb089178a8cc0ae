import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { beforeAll, describe, expect, it } from "vitest";
import type { Addon } from "../addon.js";
import { addon, drawn, expectAsOnCpu, withGradients } from "../backend/backend-cases.fixture.js";
import { registerNative } from "../backend/backend.js";

const columnCounts = [1, 3, 8, 16, 17, 33, 130];

describe.skipIf(addon === undefined)("operations on rows", () => {
  beforeAll(() => {
    tf.enableProdMode();
    registerNative({ threads: 2 });
  });

  it.each(columnCounts)("log-softmax of rows of %i", async (columns) => {
    const f = (x: Tensor): Tensor => tf.logSoftmax(x);
    await expectAsOnCpu(withGradients(f as (...xs: Tensor[]) => Tensor, [[5, columns]]));
    await expectAsOnCpu(() => tf.logSoftmax(tf.mul(drawn(1, [2, 3, columns]), 100)));
  });

  it("log-softmax of rows far apart, special values and no rows", async () => {
    await expectAsOnCpu(() => [
      tf.logSoftmax(
        tf.tensor2d([
          [1e4, -1e4, 0],
          [NaN, 1, 2],
          [-Infinity, 0, 1],
        ]),
      ),
      tf.logSoftmax(
        tf.tensor2d([
          [1, 2, NaN],
          [Infinity, 1, 2],
          [-Infinity, -Infinity, -Infinity],
        ]),
      ),
      tf.logSoftmax(tf.zeros([0, 3])),
    ]);
  });

  it.each(columnCounts)(
    "cross-entropy and its slopes are log-softmax and softmax, %i columns",
    async (columns) => {
      await tf.setBackend("cpu");
      const rows = 600;
      const logits = drawn(3, [rows, columns]);
      const targets = Int32Array.from({ length: rows }, (_, row) => (row * 7) % columns);
      const [logs, shares] = [tf.logSoftmax(logits).dataSync(), tf.softmax(logits).dataSync()];
      for (const threads of [1, 2]) {
        (addon as Addon).setThreads(threads);
        const [losses, slopes] = [new Float32Array(rows), new Float32Array(rows * columns)];
        const values = logits.dataSync() as Float32Array;
        (addon as Addon).crossEntropy(values, targets, losses, slopes, rows, columns);
        let worst = 0;
        slopes.forEach((slope, index) => {
          const target = targets[Math.floor(index / columns)] === index % columns ? 1 : 0;
          worst = Math.max(worst, Math.abs(slope - ((shares[index] as number) - target)));
        });
        losses.forEach((loss, row) => {
          worst = Math.max(
            worst,
            Math.abs(loss + (logs[row * columns + (targets[row] as number)] as number)),
          );
        });
        expect(worst).toBeLessThan(2e-6);
        const again = new Float32Array(rows);
        (addon as Addon).crossEntropy(values, targets, again, null, rows, columns);
        expect(again).toEqual(losses);
      }
    },
  );

  it.each(columnCounts)(
    "layer normalisation and its gradients follow the formulas, %i columns",
    (columns) => {
      const rows = 300;
      const size = rows * columns;
      const draw = (seed: number, length: number): Float32Array =>
        drawn(seed, [length]).dataSync() as Float32Array;
      const [x, gain, offset, dy] = [
        draw(1, size),
        draw(2, columns),
        draw(3, columns),
        draw(4, size),
      ] as const;
      const runs = [1, 2].map((threads) => {
        (addon as Addon).setThreads(threads);
        const [y, means, scales] = [new Float32Array(size), new Float32Array(rows), new Float32Array(rows)];
        (addon as Addon).layerNorm(x, gain, offset, 0.1, y, means, scales, rows, columns);
        const [dx, dgain, doffset] = [
          new Float32Array(size),
          new Float32Array(columns),
          new Float32Array(columns),
        ];
        (addon as Addon).layerNormGradient(dy, x, gain, means, scales, dx, dgain, doffset, rows, columns);
        return { y, dx, dgain, doffset };
      });
      expect(runs[1]).toEqual(runs[0]);
      const { y, dx, dgain, doffset } = runs[0] as (typeof runs)[number];
      const [dgains, doffsets] = [new Float64Array(columns), new Float64Array(columns)];
      let worst = 0;
      const check = (value: number | undefined, exact: number): void => {
        worst = Math.max(worst, Math.abs((value as number) - exact) / Math.max(1, Math.abs(exact)));
      };
      for (let row = 0; row < rows; row++) {
        const of = (values: Float32Array): number[] => [
          ...values.subarray(row * columns, (row + 1) * columns),
        ];
        const average = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / columns;
        const mean = average(of(x));
        const scale = 1 / Math.sqrt(average(of(x).map((value) => (value - mean) ** 2)) + Math.fround(0.1));
        const normal = of(x).map((value) => (value - mean) * scale);
        const slopes = of(dy).map((value, column) => value * (gain[column] as number));
        const [part, along] = [average(slopes), average(slopes.map((g, c) => g * (normal[c] as number)))];
        normal.forEach((n, column) => {
          const at = row * columns + column;
          check(y[at], n * (gain[column] as number) + (offset[column] as number));
          check(dx[at], scale * ((slopes[column] as number) - part - n * along));
          dgains[column] = (dgains[column] as number) + (dy[at] as number) * n;
          doffsets[column] = (doffsets[column] as number) + (dy[at] as number);
        });
      }
      dgain.forEach((value, column) => {
        check(value, dgains[column] as number);
      });
      doffset.forEach((value, column) => {
        check(value, doffsets[column] as number);
      });
      expect(worst).toBeLessThan(5e-5);
    },
  );

  it("refuses arguments that do not fit", () => {
    const { crossEntropy, layerNorm, logSoftmax } = addon as Addon;
    const [x, losses, row] = [new Float32Array(6), new Float32Array(2), new Float32Array(3)];
    const targets = Int32Array.of(0, 2);
    const refusals: [() => void, RegExp][] = [
      [
        () => {
          crossEntropy(x, targets.with(1, 3), losses, null, 2, 3);
        },
        /targets\[1\] is 3, not a column of 3/,
      ],
      [
        () => {
          crossEntropy(x, targets.with(0, -1), losses, null, 2, 3);
        },
        /targets\[0\] is -1/,
      ],
      [
        () => {
          crossEntropy(x, new Float32Array(2) as never, losses, null, 2, 3);
        },
        /targets must be an Int32Array/,
      ],
      [
        () => {
          crossEntropy(x, targets, losses, x, 2, 3);
        },
        /shares memory with logits/,
      ],
      [
        () => {
          crossEntropy(x, targets, new Float32Array(targets.buffer), null, 2, 3);
        },
        /shares memory with targets/,
      ],
      [
        () => {
          logSoftmax(x, new Float32Array(5), 2, 3);
        },
        /y must have 6 elements/,
      ],
      [
        () => {
          logSoftmax(x, x, 2, 3);
        },
        /shares memory with x/,
      ],
      [
        () => {
          layerNorm(x, row, row, 0.1, x.slice(), losses, losses, 2, 3);
        },
        /shares memory with scales/,
      ],
      [
        () => {
          layerNorm(x, losses, row, 0.1, x.slice(), losses, losses, 2, 3);
        },
        /gain must have 3/,
      ],
    ];
    for (const [call, message] of refusals) expect(call).toThrow(message);
  });
});
