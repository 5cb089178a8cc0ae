import { ShapeError } from "@timestep/base";
import type { Values } from "@timestep/engine";
import { type Tensor, tensor, type Variable, variable } from "@tensorflow/tfjs-core";

/** A trained tensor, or one kept fixed (`trainable: false`), under its path in the module tree. */
export interface Parameter {
  /** Stable address such as `encoder.layer0.forward.inputKernel`; model files use it. */
  readonly path: string;
  readonly variable: Variable;
  readonly trainable: boolean;
  /** What the learning rate is multiplied by for this parameter; 1 unless it asked for another. */
  readonly rate: number;
}

/** How a parameter is trained. */
export interface ParameterOptions {
  /** False keeps it as it is. Default true. */
  readonly trainable?: boolean;
  /** What the learning rate is multiplied by, for weights that know something already. Default 1. */
  readonly rate?: number;
}

/**
 * Something with parameters. A module owns its variables and its child modules; the path of a parameter is the chain
 * of names from the root, so model files stay readable and stable.
 *
 * Variables live until `dispose`, outside every `tidy`.
 */
export abstract class Module {
  private readonly own = new Map<string, Omit<Parameter, "path">>();
  private readonly children = new Map<string, Module>();

  /** Registers a parameter. Call from the constructor. */
  protected parameter(name: string, initial: Values, options: ParameterOptions = {}): Variable {
    this.claim(name);
    const trainable = options.trainable ?? true;
    const start = copied(initial);
    const made = variable(start, trainable);
    start.dispose();
    this.own.set(name, { variable: made, trainable, rate: options.rate ?? 1 });
    return made;
  }

  /** Registers a child module. Call from the constructor. */
  protected child<M extends Module>(name: string, module: M): M {
    this.claim(name);
    this.children.set(name, module);
    return module;
  }

  /** Every parameter below this module, own ones first, children in order of registration. */
  parameters(prefix = ""): Parameter[] {
    const found: Parameter[] = [];
    for (const [name, own] of this.own) found.push({ path: prefix + name, ...own });
    for (const [name, child] of this.children) found.push(...child.parameters(`${prefix}${name}.`));
    return found;
  }

  /** Number of trained values. */
  parameterCount(): number {
    return this.parameters()
      .filter((p) => p.trainable)
      .reduce((sum, p) => sum + p.variable.size, 0);
  }

  /** Copies every parameter out, by path. */
  async weights(): Promise<Map<string, Values>> {
    const copies = new Map<string, Values>();
    for (const { path, variable } of this.parameters()) {
      const data = (await variable.data()) as Float32Array;
      copies.set(path, { shape: variable.shape, data: Float32Array.from(data) });
    }
    return copies;
  }

  /**
   * Sets every parameter from values by path.
   *
   * @throws {ShapeError} WEIGHTS_MISSING, WEIGHTS_UNKNOWN or WEIGHTS_SHAPE; nothing is changed in that case.
   */
  loadWeights(weights: ReadonlyMap<string, Values>): void {
    const parameters = this.parameters();
    const known = new Set(parameters.map((p) => p.path));
    for (const path of weights.keys()) {
      if (!known.has(path)) {
        throw new ShapeError("WEIGHTS_UNKNOWN", `the model has no parameter "${path}".`, {
          hint: "The weights come from a model with other settings; build it from the config saved beside them.",
        });
      }
    }
    for (const { path, variable } of parameters) {
      const values = weights.get(path);
      if (values === undefined) {
        throw new ShapeError(
          "WEIGHTS_MISSING",
          `no values for parameter "${path}" [${variable.shape.join(", ")}].`,
          {
            hint: "The weights come from a model with other settings; build it from the config saved beside them.",
          },
        );
      }
      if (values.shape.join() !== variable.shape.join() || values.data.length !== variable.size) {
        throw new ShapeError(
          "WEIGHTS_SHAPE",
          `parameter "${path}" is [${variable.shape.join(", ")}], its values are ${values.data.length} of shape [${values.shape.join(", ")}].`,
          {
            hint: "The weights come from a model with other settings; build it from the config saved beside them.",
          },
        );
      }
    }
    for (const { path, variable } of parameters) {
      const values = weights.get(path) as Values;
      const next = copied(values);
      variable.assign(next as typeof variable);
      next.dispose();
    }
  }

  /** Frees every variable below this module. */
  dispose(): void {
    for (const { variable } of this.own.values()) variable.dispose();
    for (const child of this.children.values()) child.dispose();
  }

  private claim(name: string): void {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`"${name}" is no parameter name`);
    if (this.own.has(name) || this.children.has(name)) throw new TypeError(`"${name}" is registered twice`);
  }
}

/** A tensor of its own: some engines keep the array that they are given, and the caller may write to it later. */
function copied({ shape, data }: Values): Tensor {
  return tensor(Float32Array.from(data), [...shape], "float32");
}
