import {
  add,
  concat,
  matMul,
  mul,
  sigmoid,
  slice,
  square,
  sub,
  tanh,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tile,
  transpose,
} from "@tensorflow/tfjs-core";
import type { SequenceRequest, SequenceResult } from "./cell.js";
import type { GruCell } from "./gru-cell.js";
import {
  alive,
  columnSums,
  fromRows,
  fusedFunction,
  maskOf,
  productGradients,
  runOrder,
  stepsOf,
  toRows,
} from "./time-major.js";

/**
 * GRU over whole sequences in its three forms: one input product for all steps, and a backward pass by hand.
 *
 * Backward, with dh the gradient that reaches h at t from the output and from t+1, q = h·Un + cn ("after"):
 *
 *   d(u sum) = dh∘(n-h')∘u(1-u)          dn = d(n sum) = dh∘u∘(1-n²)
 *   after:  d(r sum) = dn∘q∘r(1-r)       dq = dn∘r               dh' = d(u,r sums, q)·Uᵀ + dh∘(1-u)
 *   before: dm = dn·Unᵀ  (m = r∘h')      d(r sum) = dm∘h'∘r(1-r) dh' = d(u,r sums)·(Uu,Ur)ᵀ + dm∘r + dh∘(1-u)
 *   none:                                                        dh' = d(u,n sums)·Uᵀ + dh∘(1-u)
 *
 * Factors that hold nothing that runs backwards are taken for all steps at once.
 */
export function fusedGru(cell: GruCell, request: SequenceRequest): SequenceResult {
  const { input, lengths, reverse } = request;
  const [batch, time] = input.shape;
  const { inputKernel, recurrentKernel, bias, candidateBias, reset, outputSize: size } = cell;
  const initial = request.initialState["h"] as Tensor2D;
  const order = runOrder(time, reverse);
  const columns = (x: Tensor2D, from: number, count = 1): Tensor2D =>
    slice(x, [0, from * size], [-1, count * size]);
  const gateCount = reset === "none" ? 1 : 2; // sigmoid gates, before the candidate

  const forward = () => {
    const mask = maskOf(lengths, time);
    const inputRows = toRows(input); // [T·B, I]
    const sums = stepsOf(add(matMul(inputRows, inputKernel), bias), batch); // T times [B, G·H]
    const gateKernel = reset === "before" ? columns(recurrentKernel, 0, 2) : recurrentKernel;
    const candidateKernel = columns(recurrentKernel, gateCount); // [H, H]
    const previous: Tensor2D[] = [];
    const outputs: Tensor2D[] = [];
    const gates: Tensor2D[] = []; // u, r
    const candidates: Tensor2D[] = []; // n
    const fromState: Tensor2D[] = []; // q for "after"
    let h = initial;
    for (const t of order) {
      previous[t] = h;
      const sum = sums[t] as Tensor2D;
      const product = matMul(h, gateKernel) as Tensor2D;
      const open = sigmoid(add(columns(sum, 0, gateCount), columns(product, 0, gateCount))) as Tensor2D;
      const u = columns(open, 0);
      let q: Tensor2D;
      if (reset === "after") {
        q = add(columns(product, 2), candidateBias as Tensor1D);
        fromState[t] = q;
        q = mul(columns(open, 1), q);
      } else if (reset === "before") q = matMul(mul(columns(open, 1), h) as Tensor2D, candidateKernel);
      else q = columns(product, 1);
      const n = tanh(add(columns(sum, gateCount), q)) as Tensor2D;
      const next = add(h, mul(u, sub(n, h))) as Tensor2D; // [B, H]
      gates[t] = open;
      candidates[t] = n;
      const live = mask.steps[t];
      h = live === undefined ? next : add(mul(next, live), mul(h, sub(1, live)));
      outputs[t] = live === undefined ? next : mul(next, live);
    }
    const kept = [previous, gates, candidates, ...(reset === "after" ? [fromState] : [])];
    return { results: [concat(outputs, 0), h], saved: [inputRows, ...kept.map((steps) => concat(steps, 0))] };
  };

  const backward = (gradients: readonly Tensor2D[], saved: readonly Tensor[]) => {
    const [dOutput, dFinal] = gradients as [Tensor2D, Tensor2D];
    const [inputRows, previous, gates, n, q] = saved as [Tensor2D, Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const mask = maskOf(lengths, time);
    const u = columns(gates, 0);
    const r = reset === "none" ? undefined : columns(gates, 1);
    const toUpdate = mul(sub(n, previous), slopeOf(u)) as Tensor2D; // d(u sum) = dh∘this
    const toCandidate = mul(u, sub(1, square(n))) as Tensor2D; // dn = dh∘this
    const perStep = (rows: Tensor2D): Tensor2D[] => stepsOf(alive(rows, mask.rows), batch);
    const kept = stepsOf(sub(1, alive(u, mask.rows)), batch); // (1-u), and 1 where a row has ended
    const dOutputs = perStep(dOutput);
    const dRecurrent: Tensor2D[] = []; // gradient of the products with the recurrent kernel
    const dStates: Tensor2D[] = [];
    let dh = dFinal;

    if (reset === "before") {
      const gateKernelT = transpose(columns(recurrentKernel, 0, 2)) as Tensor2D;
      const candidateKernelT = transpose(columns(recurrentKernel, 2)) as Tensor2D;
      const updateSteps = perStep(toUpdate);
      const candidateSteps = perStep(toCandidate);
      const relevance = perStep(r as Tensor2D);
      const relevanceSlopes = perStep(mul(previous, slopeOf(r as Tensor2D)) as Tensor2D);
      for (const t of order.toReversed()) {
        dh = add(dh, dOutputs[t] as Tensor2D);
        const dn = mul(dh, candidateSteps[t] as Tensor2D) as Tensor2D;
        const dm = matMul(dn, candidateKernelT) as Tensor2D;
        const dGates = concat(
          [mul(dh, updateSteps[t] as Tensor2D), mul(dm, relevanceSlopes[t] as Tensor2D)] as Tensor2D[],
          1,
        );
        dRecurrent[t] = concat([dGates, dn], 1);
        dh = add(
          add(matMul(dGates, gateKernelT), mul(dm, relevance[t] as Tensor2D)),
          mul(dh, kept[t] as Tensor2D),
        ) as Tensor2D;
      }
    } else {
      const kernelT = transpose(recurrentKernel) as Tensor2D;
      const factors =
        r === undefined
          ? concat([toUpdate, toCandidate], 1)
          : concat(
              [toUpdate, mul(toCandidate, mul(q, slopeOf(r))) as Tensor2D, mul(toCandidate, r) as Tensor2D],
              1,
            );
      const factorSteps = perStep(factors);
      for (const t of order.toReversed()) {
        dh = add(dh, dOutputs[t] as Tensor2D);
        dStates[t] = dh;
        const dGates = mul(tile(dh, [1, gateCount + 1]), factorSteps[t] as Tensor2D) as Tensor2D;
        dRecurrent[t] = dGates;
        dh = add(matMul(dGates, kernelT), mul(dh, kept[t] as Tensor2D)) as Tensor2D;
      }
    }

    const recurrentRows = concat(dRecurrent, 0); // [T·B, G·H]
    const dz =
      reset === "after"
        ? concat(
            [
              columns(recurrentRows, 0, 2),
              mul(concat(dStates, 0), alive(toCandidate, mask.rows)) as Tensor2D,
            ],
            1,
          )
        : recurrentRows;
    const products = productGradients({
      dz,
      dzRecurrent: recurrentRows,
      inputRows,
      previous,
      inputKernel,
      batch,
    });
    const common = [products.input, products.inputKernel];
    if (reset === "before") {
      const candidate = matMul(
        mul(r as Tensor2D, previous) as Tensor2D,
        columns(recurrentRows, 2),
        true,
        false,
      );
      const kernel = concat([columns(products.recurrentKernel, 0, 2), candidate as Tensor2D], 1);
      return [...common, kernel, products.bias, dh];
    }
    const all = [...common, products.recurrentKernel, products.bias, dh];
    return reset === "after" ? [...all, columnSums(columns(recurrentRows, 2))] : all;
  };

  const inputs: Tensor[] = [input, inputKernel, recurrentKernel, bias, initial];
  const [rows, h] = fusedFunction(
    candidateBias === undefined ? inputs : [...inputs, candidateBias],
    size,
    forward,
    backward,
  ) as [Tensor2D, Tensor2D];
  return { output: fromRows(rows, batch), state: { h } };
}

/** σ' from σ. */
function slopeOf(gate: Tensor2D): Tensor2D {
  return mul(gate, sub(1, gate));
}
