/** Entry points of cpp/losses_binding.cc. Each throws a TypeError when an argument does not fit. */
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
}
