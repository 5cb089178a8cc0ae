export * from "./abstain.js";
export * from "./adaptive-calibration.js";
export {
  calibration,
  type CalibrationBin,
  type CalibrationScores,
  expectedCalibrationError,
  formatReliability,
} from "./calibration.js";
export * from "./classification.js";
export * from "./conlleval-format.js";
export * from "./conlleval.js";
export * from "./frames.js";
export * from "./perplexity.js";
export * from "./probabilities.js";
export * from "./temperature.js";
export { addBleuCounts, type BleuCounts } from "./translation/bleu-counts.js";
export {
  type BleuFormula,
  bleuFromCounts,
  type BleuScore,
  type BleuSmoothing,
} from "./translation/bleu-score.js";
export * from "./translation/bleu.js";
export * from "./translation/bootstrap.js";
export { chrf, type ChrfOptions, type ChrfScore, formatChrf } from "./translation/chrf.js";
export { type ChrfCounts } from "./translation/chrf-counts.js";
export { bleuTokens, type BleuTokenizer } from "./translation/tokenizers.js";
export * from "./recognition/alignment-format.js";
export * from "./recognition/alignment.js";
export * from "./recognition/error-rates.js";
export * from "./captions/caption-scores.js";
export * from "./captions/caption-tokens.js";
export * from "./captions/caption-variety.js";
export { type CaptionWords, type CiderReferences, CiderScorer } from "./captions/cider.js";
export { rougeL } from "./captions/rouge.js";
