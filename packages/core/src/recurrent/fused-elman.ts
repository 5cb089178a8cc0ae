import {
  add,
  concat,
  matMul,
  mul,
  relu,
  square,
  step,
  sub,
  tanh,
  transpose,
  type Tensor2D,
} from "@tensorflow/tfjs-core";
import type { SequenceRequest, SequenceResult } from "./cell.js";
import type { ElmanCell } from "./elman-cell.js";
import {
  alive,
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
 * Elman over whole sequences: one input product for all steps, and a backward pass by hand.
 *
 * With dh the gradient that reaches h at t, from the output and from t+1: dz = dh∘act'(h), dh(t-1) = dz·Uᵀ. The
 * derivative of the activation is taken for all steps at once.
 */
export function fusedElman(cell: ElmanCell, request: SequenceRequest): SequenceResult {
  const { input, lengths, reverse } = request;
  const [batch, time] = input.shape;
  const { inputKernel, recurrentKernel, bias, activation } = cell;
  const initial = request.initialState["h"] as Tensor2D;
  const order = runOrder(time, reverse);

  const forward = () => {
    const mask = maskOf(lengths, time);
    const inputRows = toRows(input); // [T·B, I]
    const sums = stepsOf(add(matMul(inputRows, inputKernel), bias), batch); // T times [B, H]
    const previous: Tensor2D[] = [];
    const states: Tensor2D[] = [];
    let h = initial;
    for (const t of order) {
      previous[t] = h;
      const sum: Tensor2D = add(sums[t] as Tensor2D, matMul(h, recurrentKernel));
      const next = activation === "relu" ? relu(sum) : tanh(sum); // [B, H]
      const live = mask.steps[t];
      h = live === undefined ? next : add(mul(next, live), mul(h, sub(1, live)));
      states[t] = h;
    }
    const stateRows = concat(states, 0); // [T·B, H]
    return {
      results: [alive(stateRows, mask.rows), h],
      saved: [inputRows, concat(previous, 0), stateRows],
    };
  };

  const backward = (gradients: readonly Tensor2D[], saved: readonly unknown[]) => {
    const [dOutput, dFinal] = gradients as [Tensor2D, Tensor2D];
    const [inputRows, previous, states] = saved as [Tensor2D, Tensor2D, Tensor2D];
    const mask = maskOf(lengths, time);
    const slope = activation === "relu" ? step(states) : sub(1, square(states));
    const slopes = stepsOf(alive(slope as Tensor2D, mask.rows), batch);
    const dOutputs = stepsOf(alive(dOutput, mask.rows), batch);
    const kernelT = transpose(recurrentKernel) as Tensor2D;
    const dSums: Tensor2D[] = [];
    let dh = dFinal;
    for (const t of order.toReversed()) {
      dh = add(dh, dOutputs[t] as Tensor2D) as Tensor2D;
      const dSum: Tensor2D = mul(dh, slopes[t] as Tensor2D); // [B, H]
      dSums[t] = dSum;
      const carried: Tensor2D = matMul(dSum, kernelT);
      const gone = ended(mask.steps[t]);
      dh = gone === undefined ? carried : add(carried, mul(dh, gone));
    }
    const products = productGradients({ dz: concat(dSums, 0), inputRows, previous, inputKernel, batch });
    return [products.input, products.inputKernel, products.recurrentKernel, products.bias, dh];
  };

  const [rows, h] = fusedFunction(
    [input, inputKernel, recurrentKernel, bias, initial],
    cell.outputSize,
    forward,
    backward,
  ) as [Tensor2D, Tensor2D];
  return { output: fromRows(rows, batch), state: { h } };
}
