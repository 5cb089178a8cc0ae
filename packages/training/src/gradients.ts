import { TrainingError } from "@timestep/base";
import { type Module } from "@timestep/core";
import { type Scalar, tensor, type Tensor, type Variable, variableGrads } from "@tensorflow/tfjs-core";
import { arrayKernels } from "./array-loops.js";
import { type Weight } from "./optimiser.js";

/** A trained parameter: its variable on the engine and its values here, which lead. */
export interface TrainedParameter extends Weight {
  readonly variable: Variable;
}

/** The trainable parameters of a model, each variable once, with a copy of their values. */
export async function trainedParameters(model: Module): Promise<TrainedParameter[]> {
  const seen = new Set<Variable>();
  const trained: TrainedParameter[] = [];
  for (const { path, variable, trainable, rate } of model.parameters()) {
    if (!trainable || seen.has(variable)) continue; // a module used in two places is trained once
    seen.add(variable);
    const data = Float32Array.from(await variable.data());
    trained.push({ path, variable, shape: variable.shape, data, rate });
  }
  return trained;
}

/** Sets variables on the engine from values; by default each parameter's own. */
export function assignParameters(
  parameters: readonly TrainedParameter[],
  valuesOf: (parameter: TrainedParameter) => Float32Array = (parameter) => parameter.data,
): void {
  for (const parameter of parameters) {
    // The copy matters: the cpu engine keeps the array it is given.
    const next: Tensor = tensor(valuesOf(parameter).slice(), [...parameter.shape], "float32");
    parameter.variable.assign(next);
    next.dispose();
  }
}

/** A loss and the gradient of every trained parameter, in their order. */
export interface LossGradients {
  readonly loss: number;
  readonly gradients: readonly Float32Array[];
}

/**
 * Runs a loss forward and backward and reads the result off the engine.
 *
 * @throws {TrainingError} TRAINING_NO_GRADIENT when the loss does not depend on some parameter.
 */
export async function lossGradients(
  loss: () => Scalar,
  parameters: readonly TrainedParameter[],
): Promise<LossGradients> {
  const { value, grads } = variableGrads(
    loss,
    parameters.map(({ variable }) => variable),
  );
  try {
    const missing = parameters.filter(({ variable }) => grads[variable.name] === undefined);
    if (missing.length > 0) {
      throw new TrainingError(
        "TRAINING_NO_GRADIENT",
        `the loss does not depend on ${missing.map(({ path }) => `"${path}"`).join(", ")}.`,
        { hint: "Use the parameter in the loss, or register it with trainable: false." },
      );
    }
    const [lossValue, ...gradients] = await Promise.all([
      value.data(),
      ...parameters.map(
        async ({ variable }) => (await (grads[variable.name] as Tensor).data()) as Float32Array,
      ),
    ]);
    return { loss: lossValue[0] as number, gradients };
  } finally {
    value.dispose();
    for (const gradient of Object.values(grads)) gradient.dispose();
  }
}

/** Euclidean norm of each array, summed in double precision. */
export function norms(arrays: readonly Float32Array[]): number[] {
  const kernels = arrayKernels();
  return arrays.map((values) => Math.sqrt(kernels.sumOfSquares(values)));
}

/** What gradients are multiplied by so that their global norm is at most `limit`; 0 means no limit. Pascanu et al. 2013. */
export function clipScale(norm: number, limit: number): number {
  return limit > 0 && norm > limit ? limit / norm : 1;
}
