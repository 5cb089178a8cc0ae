/** Entry points of cpp/losses/losses_binding.cc. Each throws a TypeError when an argument does not fit. */
export interface LossesAddon {
  /**
   * CTC of `logits` [B, T, C] against `labels`, those of all rows one after the other, `labelCounts` [B] each. Writes
   * `losses` [B] and, unless undefined, `gradient` [B, T, C] of each row's loss.
   */
  ctcLoss(
    logits: Float32Array,
    lengths: Int32Array,
    labels: Int32Array,
    labelCounts: Int32Array,
    losses: Float32Array,
    gradient: Float32Array | undefined,
    batch: number,
    time: number,
    classes: number,
    blank: number,
    zeroInfinity: boolean,
  ): void;

  /**
   * ln p(path) [B] of a linear-chain CRF over `emissions` [B, T, K]; -Infinity among the weights forbids. `path` is
   * [B, T]. Unless undefined, the gradients of each row's likelihood are written too.
   */
  crfLikelihood(
    emissions: Float32Array,
    transitions: Float32Array,
    start: Float32Array,
    end: Float32Array,
    lengths: Int32Array,
    batch: number,
    time: number,
    tags: number,
    path: Int32Array,
    likelihoods: Float32Array,
    dEmissions: Float32Array | undefined,
    dTransitions: Float32Array | undefined,
    dStart: Float32Array | undefined,
    dEnd: Float32Array | undefined,
  ): void;
  /** The best path of each row into `paths` [B, T]; -1 past its length, or everywhere when none is allowed. */
  crfViterbi(
    emissions: Float32Array,
    transitions: Float32Array,
    start: Float32Array,
    end: Float32Array,
    lengths: Int32Array,
    batch: number,
    time: number,
    tags: number,
    paths: Int32Array,
  ): void;
}
