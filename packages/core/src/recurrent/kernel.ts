import {
  engine,
  getBackend,
  getGradient,
  getKernel,
  type GradConfig,
  registerGradient,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import type { SequenceRequest, SequenceResult } from "./cell.js";

/** Kernels that take a whole sequence. An engine that has one registers it, and the same name with "Grad" added. */
export type SequenceKernelName = "TimestepLstm" | "TimestepGru" | "TimestepElman";

/** One run of a sequence kernel, and thereby what an engine that offers the kernel must take. */
export interface KernelRun {
  readonly name: SequenceKernelName;
  /** The parameters between input and initial states: `inputKernel`, `recurrentKernel`, `bias`. */
  readonly parameters: readonly Tensor[];
  /** Names of the states, in the order in which the kernel takes and gives them. */
  readonly states: readonly string[];
  /** A last parameter that not every form of the cell has. */
  readonly extra?: Tensor | undefined;
  /** Whether the kernel gives, last, a tensor that only its backward pass reads; empty when no gradient is wanted. */
  readonly keeps: boolean;
  /** The form of the cell; `lengths`, `reverse` and `training` are added. */
  readonly form: Readonly<Record<string, boolean | string>>;
}

/**
 * Runs a sequence by the running engine's own kernel, or gives undefined when it has none.
 *
 * The kernel takes [input, ...parameters, ...states, extra?] and gives [output, ...states, kept?]. Its "Grad" kernel
 * takes [output, kept?, d output, ...d states] and then all that the kernel took, and gives the gradient of each of
 * these. Engines register kernels by name, so nothing here depends on one that may not be installed.
 */
export function runSequenceKernel(run: KernelRun, request: SequenceRequest): SequenceResult | undefined {
  const { name, parameters, states, extra, keeps, form } = run;
  if (request.input.size === 0 || !isRegistered(getKernel(name, getBackend()))) return undefined;
  if (!isRegistered(getGradient(name))) registerGradient(gradientOf(name, states.length, keeps));
  const initial = states.map((state) => request.initialState[state] as Tensor2D);
  const inputs = [request.input, ...parameters, ...initial, ...(extra === undefined ? [] : [extra])];
  const attributes = {
    ...form,
    lengths: [...request.lengths],
    reverse: request.reverse,
    training: isTapeOn(),
  };
  const results: Tensor[] = engine().runKernel(name, named(inputs), attributes);
  return {
    output: results[0] as Tensor3D,
    state: Object.fromEntries(states.map((state, index) => [state, results[1 + index] as Tensor2D])),
  };
}

function gradientOf(name: SequenceKernelName, states: number, keeps: boolean): GradConfig {
  const outputsToSave = [true, ...Array<boolean>(states).fill(false), ...(keeps ? [true] : [])];
  const kept = keeps ? 2 : 1;
  return {
    kernelName: name,
    saveAllInputs: true,
    outputsToSave,
    gradFunc: (dy, saved, attributes) => {
      const upstream = (dy as Tensor[]).slice(0, 1 + states);
      const inputs = saved.slice(0, -kept);
      const results = saved.slice(-kept);
      const gradients: Tensor[] = engine().runKernel(
        `${name}Grad`,
        named([...results, ...upstream, ...inputs]),
        attributes as Record<string, boolean | string>,
      );
      return Object.fromEntries(gradients.map((gradient, index) => [index, () => gradient]));
    },
  };
}

/** TF.js names a kernel's inputs; with `saveAllInputs` it wants them as a list, whose names are its indices. */
function named(tensors: readonly Tensor[]): Record<string, Tensor> {
  return [...tensors] as unknown as Record<string, Tensor>;
}

/** TF.js gives undefined for what nobody has registered, and types that do not say so. */
function isRegistered(found: object | undefined): boolean {
  return found !== undefined;
}

/** Whether TF.js records operations for gradients: a kernel keeps nothing for a backward pass that will not come. */
function isTapeOn(): boolean {
  const { gradientDepth, kernelDepth } = engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}
