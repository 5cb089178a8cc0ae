import {
  engine,
  getGradient,
  type GradConfig,
  registerGradient,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from "@tensorflow/tfjs-core";
import { engineHas, gradientsAreRecorded } from "../own-kernels.js";
import type { CellState } from "./cell.js";

/** Kernels that take a whole sequence. An engine that has one registers it, and the same name with "Grad" added. */
export type SequenceKernelName = "TimestepLstm" | "TimestepGru" | "TimestepElman";

/** How a cell runs on an engine that has its kernel, and thereby what an engine that offers the kernel must take. */
export interface CellKernel {
  readonly name: SequenceKernelName;
  /** The parameters between input and initial states: `inputKernel`, `recurrentKernel`, `bias`. */
  readonly parameters: readonly Tensor[];
  /** Names of the states, in the order in which the kernel takes and gives them. */
  readonly states: readonly string[];
  /** A last parameter that not every form of the cell has. */
  readonly extra?: Tensor | undefined;
  /** Whether the kernel gives, last, an opaque tensor for its backward pass; left out when none will come. */
  readonly keeps: boolean;
  /** The form of the cell; `lengths`, `reverse` and `training` are added. */
  readonly form: Readonly<Record<string, boolean | string>>;
}

/** One cell's way through a batch. */
export interface Direction {
  readonly cell: CellKernel;
  readonly initialState: CellState;
  readonly reverse: boolean;
}

/** What one call of a kernel gives: the outputs side by side, and each direction's state. */
export interface KernelResult {
  /** [B, T, D·H] */
  readonly output: Tensor3D;
  readonly states: readonly CellState[];
}

/** Whether two cells fit one call: the same kernel, form and sizes. */
export function runTogether(a: CellKernel, b: CellKernel): boolean {
  const sizes = ({ parameters, extra }: CellKernel): string =>
    [...parameters, extra].map((tensor) => tensor?.shape.join("×") ?? "none").join(" ");
  return a.name === b.name && JSON.stringify(a.form) === JSON.stringify(b.form) && sizes(a) === sizes(b);
}

/**
 * Runs a sequence in one direction or two by the running engine's own kernel, or gives undefined when it has none.
 * Two directions must {@link runTogether}.
 *
 * The kernel takes the input and, for each direction, [...parameters, ...states, extra?]; it gives the output and, for
 * each direction, [...states, kept?]. Its "Grad" kernel takes the output, what each direction kept, the gradients of
 * the output and of each direction's states, and then all that the kernel took; it gives the gradient of each of the
 * latter. Engines register kernels by name, so nothing here depends on one that may not be installed.
 */
export function runSequenceKernel(
  directions: readonly Direction[],
  { input, lengths }: { readonly input: Tensor3D; readonly lengths: readonly number[] },
): KernelResult | undefined {
  const [first] = directions;
  if (first === undefined) return undefined;
  const { name, states, keeps, form } = first.cell;
  if (input.size === 0 || !engineHas(name)) return undefined;
  if ((getGradient(name) as GradConfig | undefined) === undefined)
    registerGradient(gradientOf(name, states.length, keeps));
  const inputs = directions.flatMap(({ cell, initialState }) => [
    ...cell.parameters,
    ...states.map((state) => initialState[state] as Tensor2D),
    ...(cell.extra === undefined ? [] : [cell.extra]),
  ]);
  const training = gradientsAreRecorded();
  const reverse = directions.map((direction) => direction.reverse);
  const attributes = { ...form, lengths: [...lengths], reverse, training };
  const results: Tensor[] = engine().runKernel(name, named([input, ...inputs]), attributes);
  const apart = states.length + (keeps && training ? 1 : 0);
  return {
    output: results[0] as Tensor3D,
    states: directions.map((_, direction) =>
      Object.fromEntries(
        states.map((state, index) => [state, results[1 + direction * apart + index] as Tensor2D]),
      ),
    ),
  };
}

/** `states` is how many a direction has. One gradient serves one direction and two: it counts what it is given. */
function gradientOf(name: SequenceKernelName, states: number, keeps: boolean): GradConfig {
  const apart = states + (keeps ? 1 : 0);
  const isKept = (index: number): boolean => keeps && index > 0 && index % apart === 0;
  return {
    kernelName: name,
    saveAllInputs: true,
    // One answer for any number of results: more entries than results do no harm.
    outputsToSave: Array.from({ length: 1 + 2 * apart }, (_, index) => index === 0 || isKept(index)),
    gradFunc: (dy, saved, attributes) => {
      const upstream = (dy as Tensor[]).filter((_, index) => !isKept(index));
      const directions = (attributes["reverse"] as boolean[]).length;
      const kept = 1 + (keeps ? directions : 0);
      const inputs = saved.slice(0, -kept);
      const results = saved.slice(-kept);
      const gradients: Tensor[] = engine().runKernel(
        `${name}Grad`,
        named([...results, ...upstream, ...inputs]),
        attributes,
      );
      return Object.fromEntries(gradients.map((gradient, index) => [index, () => gradient]));
    },
  };
}

/** TF.js names a kernel's inputs; with `saveAllInputs` it wants them as a list, whose names are its indices. */
function named(tensors: readonly Tensor[]): Record<string, Tensor> {
  return [...tensors] as unknown as Record<string, Tensor>;
}
