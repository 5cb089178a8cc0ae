import { seeded } from "@timestep/base";
import {
  type BothStates,
  type CellKind,
  type CellState,
  createEncoder,
  fromPyTorch,
  type LayerState,
  type NamedValues,
  type PyTorchKind,
  type RunPath,
  type SequenceResult,
  toPyTorch,
  type Values,
} from "@timestep/core";
import { type GoldenArray, largestRelativeError, type RecurrentGolden } from "@timestep/testing";
import {
  add,
  dispose,
  keep,
  mul,
  type NamedTensorMap,
  reshape,
  type Scalar,
  stack,
  sum,
  type Tensor,
  tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  unstack,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";

/** How far a run of a case is from PyTorch: the largest relative error over outputs, loss and every gradient. */
export interface CaseError {
  readonly largest: number;
  /** What it was found in, such as `gradient of weight_hh_l0`. */
  readonly where: string;
}

/** Runs a case on the present engine, forward and backward, and compares every number of it. */
export async function checkRecurrentCase(golden: RecurrentGolden, path: RunPath): Promise<CaseError> {
  const network = build(golden, path);
  const inputs = [...inputVariables(golden)];
  const errors: [string, number][] = [];
  const compare = (where: string, actual: ArrayLike<number>, expected: GoldenArray): void => {
    errors.push([where, largestRelativeError(actual, expected.data)]);
  };
  try {
    const results = new Map<string, Tensor>();
    const { value, grads } = variableGrads(() => {
      const outputs = network.run(new Map(inputs));
      for (const [name, output] of outputs) results.set(name, keep(output)); // read when the tape is done
      return probed(outputs, golden);
    });
    for (const [name, expected] of Object.entries(golden.outputs)) {
      compare(`output ${name}`, (await results.get(name)?.data()) ?? [], expected as GoldenArray);
    }
    compare("loss", await value.data(), { shape: [1], data: Float64Array.of(golden.loss) });
    for (const [name, input] of inputs) {
      compare(
        `gradient of ${name}`,
        await (grads[input.name] as Tensor).data(),
        golden.gradients.get(name) as GoldenArray,
      );
    }
    for (const [name, actual] of await network.weightGradients(grads)) {
      compare(`gradient of ${name}`, actual.data, golden.gradients.get(name) as GoldenArray);
    }
    dispose([value, grads, [...results.values()]]);
  } finally {
    dispose(inputs.map(([, input]) => input));
    network.dispose();
  }
  const [where, largest] = errors.reduce((worst, one) =>
    one[1] > worst[1] || Number.isNaN(one[1]) ? one : worst,
  );
  return { largest, where };
}

/** Σ probe·output over all outputs that have a probe. */
function probed(outputs: ReadonlyMap<string, Tensor>, golden: RecurrentGolden): Scalar {
  const terms = Object.entries(golden.probe).map(([name, probe]) =>
    sum(mul(outputs.get(name) as Tensor, asTensor(probe as GoldenArray))),
  );
  return terms.reduce((total, term) => add(total, term)) as Scalar;
}

function inputVariables(golden: RecurrentGolden): Map<string, ReturnType<typeof variable>> {
  return new Map(
    Object.entries(golden.inputs).map(([name, values]) => {
      const start = asTensor(values as GoldenArray);
      const made = variable(start);
      start.dispose();
      return [name, made];
    }),
  );
}

interface Network {
  run(inputs: ReadonlyMap<string, Tensor>): Map<string, Tensor>;
  weightGradients(gradients: NamedTensorMap): Promise<Map<string, Values>>;
  dispose(): void;
}

/** PyTorch's layer out of ours: cells, directions and depth as the case says. */
function build(golden: RecurrentGolden, path: RunPath): Network {
  const encoder = createEncoder({
    cell: cellKind(golden),
    inputSize: golden.input,
    hiddenSize: golden.hidden,
    layers: golden.layers,
    bidirectional: golden.bidirectional,
    random: seeded(1),
    path,
  });
  const theirs = new Map([...golden.weights].map(([name, values]) => [name, asValues(values)]));
  const ours = new Map<string, Values>();
  for (const { place, suffix } of directions(golden)) {
    for (const [name, values] of fromPyTorch(golden.kind, theirs, suffix)) ours.set(place + name, values);
  }
  encoder.loadWeights(ours);
  return {
    run(inputs) {
      const result = encoder.run(inputs.get("x") as Tensor3D, {
        lengths: golden.lengths ?? undefined,
        initialState: splitStates(golden, inputs),
      });
      return outputsOf(golden, result);
    },
    async weightGradients(gradients) {
      const byPath = new Map<string, Values>();
      for (const { path: name, variable: parameter } of encoder.parameters()) {
        const gradient = gradients[parameter.name] as Tensor;
        byPath.set(name, { shape: gradient.shape, data: await gradient.data<"float32">() });
      }
      return new Map(
        directions(golden).flatMap(({ place, suffix }) => [...asPyTorch(golden.kind, byPath, place, suffix)]),
      );
    },
    dispose: () => {
      encoder.dispose();
    },
  };
}

/** Where each direction of each layer lies in our encoder, and PyTorch's suffix for it. */
function directions({ layers, bidirectional }: RecurrentGolden): { place: string; suffix: string }[] {
  return Array.from({ length: layers }, (_, layer) =>
    bidirectional
      ? [
          { place: `layer${layer}.forward.cell.`, suffix: `l${layer}` },
          { place: `layer${layer}.backward.cell.`, suffix: `l${layer}_reverse` },
        ]
      : [{ place: `layer${layer}.cell.`, suffix: `l${layer}` }],
  ).flat();
}

/** Both biases of PyTorch are added to the same sum, so they share a gradient, but for the candidate of a GRU. */
function asPyTorch(
  kind: PyTorchKind,
  gradients: NamedValues,
  place: string,
  suffix: string,
): Map<string, Values> {
  const own = [...gradients].filter(([name]) => name.startsWith(place));
  const theirs = toPyTorch(
    kind,
    new Map(own.map(([name, values]) => [name.slice(place.length), values])),
    suffix,
  );
  const first = theirs.get(`bias_ih_${suffix}`) as Values;
  const second = theirs.get(`bias_hh_${suffix}`) as Values;
  const shared = kind === "GRU" ? (first.data.length * 2) / 3 : first.data.length;
  second.data.set(first.data.subarray(0, shared));
  return theirs;
}

function cellKind({ kind, nonlinearity }: RecurrentGolden): CellKind {
  switch (kind) {
    case "RNN":
      return nonlinearity === "relu" ? "elman-relu" : "elman";
    case "LSTM":
      return "lstm";
    case "GRU":
      return "gru";
  }
}

/** h0 and c0 [layers·directions, B, H] -> the nested states of the stack. */
function splitStates(golden: RecurrentGolden, inputs: ReadonlyMap<string, Tensor>): LayerState[] | undefined {
  const parts = (name: string): Tensor2D[] => {
    const whole = inputs.get(name);
    if (whole === undefined) return [];
    const [count = 0, batch = 0, size = 0] = whole.shape;
    if (count === 1) return [reshape(whole, [batch, size])]; // TF.js's gradient of unstack fails for one piece
    return unstack(whole) as Tensor2D[];
  };
  const h = parts("h0");
  const c = parts("c0");
  if (h.length === 0) return undefined;
  const state = (index: number): CellState =>
    golden.kind === "LSTM"
      ? { h: h[index] as Tensor2D, c: c[index] as Tensor2D }
      : { h: h[index] as Tensor2D };
  return Array.from({ length: golden.layers }, (_, layer) =>
    golden.bidirectional ? { forward: state(2 * layer), backward: state(2 * layer + 1) } : state(layer),
  );
}

function outputsOf(
  golden: RecurrentGolden,
  result: SequenceResult<readonly LayerState[]>,
): Map<string, Tensor> {
  const flat = result.state.flatMap((state) =>
    golden.bidirectional
      ? [(state as BothStates<CellState>).forward, (state as BothStates<CellState>).backward]
      : [state],
  ) as CellState[];
  const outputs = new Map<string, Tensor>([["y", result.output]]);
  outputs.set("hn", stack(flat.map((state) => state["h"] as Tensor2D)));
  if (golden.kind === "LSTM") outputs.set("cn", stack(flat.map((state) => state["c"] as Tensor2D)));
  return outputs;
}

function asValues({ shape, data }: GoldenArray): Values {
  return { shape, data: Float32Array.from(data) };
}

function asTensor({ shape, data }: GoldenArray): Tensor {
  return tidy(() => tensor(Float32Array.from(data), [...shape]));
}
