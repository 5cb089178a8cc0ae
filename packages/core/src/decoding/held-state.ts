import type { StepModel } from "./step-model.js";

/** The state of a running search: each one it made is disposed when the next is there, the one it was given never. */
export class HeldState<State> {
  private owned = false;

  constructor(
    private readonly model: StepModel<State>,
    private state: State,
  ) {}

  get current(): State {
    return this.state;
  }

  replace(state: State): void {
    this.dispose();
    this.state = state;
    this.owned = true;
  }

  /** Goes on with some rows; nothing is copied where these are all `count` rows there are, in order, or none. */
  select(rows: readonly number[], count: number): void {
    const same = rows.length === count && rows.every((from, row) => from === row);
    if (!same && rows.length > 0) this.replace(this.model.select(this.state, Int32Array.from(rows)));
  }

  dispose(): void {
    if (this.owned) this.model.dispose(this.state);
    this.owned = false;
  }
}
