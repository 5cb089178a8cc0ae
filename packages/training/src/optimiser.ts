import { type Values } from "@timestep/core";
import { Adam } from "./adam.js";
import { Sgd } from "./sgd.js";
import { type OptimiserSettings } from "./settings.js";

/** A trained parameter as plain numbers, changed in place by an optimiser. */
export interface Weight extends Values {
  readonly path: string;
  /** What the learning rate is multiplied by for this parameter. Default 1. */
  readonly rate?: number;
}

/** What changes from step to step. */
export interface StepSize {
  readonly learningRate: number;
  /** Gradients are multiplied by this first: how far clipping scales them down. */
  readonly gradientScale: number;
}

/** An optimiser's memory: enough to go on with the same bits. */
export interface OptimiserState {
  /** Steps taken. */
  readonly steps: number;
  /** Running values by `slot/path`, in the shape of the parameter. */
  readonly slots: ReadonlyMap<string, Values>;
}

/** Turns gradients into steps. Works on plain arrays; no tensors are made. */
export interface Optimiser {
  /** Changes the weights in place; `gradients` are in the order of `weights`. */
  step(weights: readonly Weight[], gradients: readonly Float32Array[], size: StepSize): void;
  /** The memory, not copied. */
  state(): OptimiserState;
  /** Names of the slots that a state needs for each weight. */
  slotNames(): readonly string[];
  /** Continues from a state taken earlier. */
  restore(state: OptimiserState): void;
}

/** The optimiser that the settings ask for, with an empty memory. */
export function createOptimiser(settings: OptimiserSettings): Optimiser {
  return settings.kind === "adam" ? new Adam(settings) : new Sgd(settings);
}
