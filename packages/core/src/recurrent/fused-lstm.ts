import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  sigmoid,
  slice,
  split,
  square,
  sub,
  tanh,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  transpose,
} from "@tensorflow/tfjs-core";
import type { SequenceRequest, SequenceResult } from "./cell.js";
import type { LstmCell } from "./lstm-cell.js";
import {
  alive,
  columnSums,
  ended,
  fromRows,
  fusedFunction,
  maskOf,
  productGradients,
  runOrder,
  stepsOf,
  toRows,
} from "./time-major.js";

/**
 * LSTM over whole sequences: one input product for all steps, and a backward pass by hand.
 *
 * Backward, with dh and dc the gradients that reach h and c at t from the output and from t+1:
 *
 *   dc += dh∘o∘(1-tanh²c)                     (dh∘o with `plainOutput`)
 *   d(i,f,o,g sums) = (dc, dc, dh, dc) ∘ (g∘i(1-i), c'∘f(1-f), tanh c∘o(1-o), i∘(1-g²))
 *   dh(t-1) = d(sums)·Uᵀ        dc(t-1) = dc∘f
 *
 * The right-hand factors hold nothing that runs backwards, so they are taken for all steps at once: a step costs one
 * product and a handful of small operations. Peepholes add po∘d(o sum) to dc, and pi, pf to dc(t-1).
 */
export function fusedLstm(cell: LstmCell, request: SequenceRequest): SequenceResult {
  const { input, lengths, reverse } = request;
  const [batch, time] = input.shape;
  const { inputKernel, recurrentKernel, bias, peepholes, plainOutput, outputSize: size } = cell;
  const initial = request.initialState as { h: Tensor2D; c: Tensor2D };
  const order = runOrder(time, reverse);

  const forward = () => {
    const mask = maskOf(lengths, time);
    const [pi, pf, po]: Tensor1D[] = peepholes === undefined ? [] : split(peepholes, 3);
    const inputRows = toRows(input); // [T·B, I]
    const sums = stepsOf(add(matMul(inputRows, inputKernel), bias), batch); // T times [B, 4H]
    const previousH: Tensor2D[] = [];
    const previousC: Tensor2D[] = [];
    const outputs: Tensor2D[] = [];
    const gates: Record<"i" | "f" | "o" | "g", Tensor2D[]> = { i: [], f: [], o: [], g: [] };
    const squashed: Tensor2D[] = [];
    let { h, c } = initial;
    for (const t of order) {
      previousH[t] = h;
      previousC[t] = c;
      const sum: Tensor2D = add(sums[t] as Tensor2D, matMul(h, recurrentKernel)); // [B, 4H]
      const open = openGates(sum, c, size, pi, pf);
      const next = add(mul(open.f, c), mul(open.i, open.g)) as Tensor2D; // [B, H]
      const o = po === undefined ? open.o : (sigmoid(add(open.o, mul(po, next))) as Tensor2D);
      const squash = plainOutput ? next : tanh(next);
      const output = mul(o, squash) as Tensor2D;
      gates.i[t] = open.i;
      gates.f[t] = open.f;
      gates.o[t] = o;
      gates.g[t] = open.g;
      squashed[t] = squash;
      const live = mask.steps[t];
      const gone = ended(live);
      h = live === undefined || gone === undefined ? output : add(mul(output, live), mul(h, gone));
      c = live === undefined || gone === undefined ? next : add(mul(next, live), mul(c, gone));
      outputs[t] = live === undefined ? output : mul(output, live);
    }
    const kept = [previousH, previousC, squashed, gates.i, gates.f, gates.o, gates.g];
    return {
      results: [concat(outputs, 0), h, c],
      saved: [inputRows, ...kept.map((steps) => concat(steps, 0))],
    };
  };

  const backward = (gradients: readonly Tensor2D[], saved: readonly Tensor[]) => {
    const [dOutput, dFinalH, dFinalC] = gradients as [Tensor2D, Tensor2D, Tensor2D];
    const [inputRows, previousH, previousC, squashed, i, f, o, g] = saved as Tensor2D[] as Eight<Tensor2D>;
    const mask = maskOf(lengths, time);
    const [pi, pf, po]: Tensor1D[] = peepholes === undefined ? [] : split(peepholes, 3);
    const factors = concat(
      [
        mul(g, slopeOf(i)),
        mul(previousC, slopeOf(f)),
        mul(squashed, slopeOf(o)),
        mul(i, sub(1, square(g))),
      ] as Tensor2D[],
      1,
    );
    const factorSteps = stepsOf(alive(factors, mask.rows), batch); // T times [B, 4H]
    const toCell = plainOutput ? o : mul(o, sub(1, square(squashed)));
    const toCellSteps = stepsOf(alive(toCell as Tensor2D, mask.rows), batch);
    const forgetSteps = stepsOf(f, batch);
    const dOutputs = stepsOf(alive(dOutput, mask.rows), batch);
    const kernelT = transpose(recurrentKernel) as Tensor2D;
    const dSums: Tensor2D[] = [];
    let dh = dFinalH;
    let dc = dFinalC;
    for (const t of order.toReversed()) {
      dh = add(dh, dOutputs[t] as Tensor2D);
      dc = add(dc, mul(dh, toCellSteps[t] as Tensor2D));
      const factor = factorSteps[t] as Tensor2D;
      if (po !== undefined) dc = add(dc, mul(po, mul(dh, slice(factor, [0, 2 * size], [-1, size]))));
      const dSum = mul(concat([dc, dc, dh, dc], 1), factor) as Tensor2D; // [B, 4H]
      dSums[t] = dSum;
      const gone = ended(mask.steps[t]);
      const carriedH = matMul(dSum, kernelT) as Tensor2D;
      const forgotten = forgetSteps[t] as Tensor2D;
      let carriedC = mul(
        dc,
        gone === undefined ? forgotten : add(mul(forgotten, mask.steps[t] as Tensor2D), gone),
      );
      if (pi !== undefined && pf !== undefined) {
        const [di, df] = split(slice(dSum, [0, 0], [-1, 2 * size]), 2, 1) as [Tensor2D, Tensor2D];
        carriedC = add(carriedC, add(mul(pi, di), mul(pf, df)));
      }
      dh = gone === undefined ? carriedH : add(carriedH, mul(dh, gone));
      dc = carriedC as Tensor2D;
    }
    const dz = concat(dSums, 0); // [T·B, 4H]
    const products = productGradients({ dz, inputRows, previous: previousH, inputKernel, batch });
    const common = [products.input, products.inputKernel, products.recurrentKernel, products.bias, dh, dc];
    if (peepholes === undefined) return common;
    const cells = add(mul(i, g), mul(f, previousC)) as Tensor2D; // c at t, before rows that have ended were kept back
    const seen = concat([previousC, previousC, cells], 1); // what i, f, o peeped at
    return [...common, reshape(columnSums(mul(slice(dz, [0, 0], [-1, 3 * size]), seen)), [3 * size])];
  };

  const inputs: Tensor[] = [input, inputKernel, recurrentKernel, bias, initial.h, initial.c];
  const [rows, h, c] = fusedFunction(
    peepholes === undefined ? inputs : [...inputs, peepholes],
    size,
    forward,
    backward,
  ) as [Tensor2D, Tensor2D, Tensor2D];
  return { output: fromRows(rows, batch), state: { h, c } };
}

type Eight<T> = [T, T, T, T, T, T, T, T];

interface OpenGates {
  readonly i: Tensor2D;
  readonly f: Tensor2D;
  readonly g: Tensor2D;
  /** The output gate, or its sum where it peeps at the new cell state, which is not there yet. */
  readonly o: Tensor2D;
}

/** Without peepholes the three sigmoids are one operation. */
function openGates(sum: Tensor2D, c: Tensor2D, size: number, pi?: Tensor1D, pf?: Tensor1D): OpenGates {
  const part = (x: Tensor2D, index: number): Tensor2D => slice(x, [0, index * size], [-1, size]);
  const g = tanh(part(sum, 3));
  if (pi !== undefined && pf !== undefined) {
    const i = sigmoid(add(part(sum, 0), mul(pi, c))) as Tensor2D;
    const f = sigmoid(add(part(sum, 1), mul(pf, c))) as Tensor2D;
    return { i, f, g, o: part(sum, 2) };
  }
  const ifo = sigmoid(slice(sum, [0, 0], [-1, 3 * size])); // [B, 3H]
  return { i: part(ifo, 0), f: part(ifo, 1), g, o: part(ifo, 2) };
}

/** σ' from σ. */
function slopeOf(gate: Tensor2D): Tensor2D {
  return mul(gate, sub(1, gate));
}
