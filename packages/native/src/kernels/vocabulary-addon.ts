/** Entry points of cpp/vocabulary/vocabulary_binding.cc. Each throws a TypeError when an argument does not fit. */
export interface VocabularyAddon {
  /**
   * Output layer with cross-entropy: `hidden` [rows, size], `table` [classes, size], `bias` [classes] or undefined. Writes
   * `losses` [rows] and, unless undefined, the gradients of the weighted sum of the losses, which is returned.
   */
  projectedCrossEntropy(
    hidden: Float32Array,
    table: Float32Array,
    bias: Float32Array | undefined,
    targets: Int32Array,
    weights: Float32Array,
    smoothing: number,
    losses: Float32Array,
    dHidden: Float32Array | undefined,
    dTable: Float32Array | undefined,
    dBias: Float32Array | undefined,
    rows: number,
    size: number,
    classes: number,
  ): number;
  /**
   * The best `count` of each row of `logits` [rows, columns] but for those of `suppressed` from `starts[row]` on to
   * `starts[row + 1]`; into `values` and `ids` [rows, count]. All values of a row that is not usable are NaN.
   */
  topLogProbabilities(
    logits: Float32Array,
    suppressed: Int32Array,
    starts: Int32Array,
    values: Float32Array,
    ids: Int32Array,
    rows: number,
    columns: number,
    count: number,
  ): void;
}
