import { type Tensor2D } from "@tensorflow/tfjs-core";

/** What one step of a {@link StepModel} gives. R is the number of rows. */
export interface Step<State> {
  /** [R, V], not normalised; the search takes the log-softmax itself. The search disposes it. */
  readonly logits: Tensor2D;
  /** The state after the step, R rows. */
  readonly state: State;
  /** [R, S]: the weight of each source position, where the model attends to one. The search disposes it. */
  readonly attention?: Tensor2D;
}

/**
 * A model that says which token comes next: all that the searches know of a translation model, a caption model, a
 * language model or an ensemble of them.
 *
 * A row is one live hypothesis. Rows of all sentences of a batch lie in one state, and a state knows which sentence
 * each of its rows belongs to; it starts with one row per sentence, in order. `step` and `select` make new states and
 * leave the one they were given as it was. A search disposes every state that it made, and never the one it was given.
 */
export interface StepModel<State> {
  /** V: tokens are 0 … V-1. */
  readonly vocabularySize: number;
  /** Feeds one token to each row of `state`. */
  step(tokens: Int32Array, state: State): Step<State>;
  /** The state whose row i is row `rows[i]` of `state`; rows may repeat, move and fall away. */
  select(state: State, rows: Int32Array): State;
  /** Frees the tensors of a state that no other state needs. */
  dispose(state: State): void;
}
