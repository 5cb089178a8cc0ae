export { type CtcAlignment, ctcAlign, type FrameSpan, type LabelSpan } from "./alignment/align.js";
export { ctcConfidences, ctcLogProbability, type LabelRange } from "./alignment/confidence.js";
export { type CtcWord, type CtcWordOptions, ctcWords } from "./alignment/words.js";
export { type HotWord, hotWordBonus } from "./bonus/hot-words.js";
export {
  labelModelBonus,
  type LabelModelOptions,
  type LanguageModelWeights,
  wordModelBonus,
  type WordModelOptions,
} from "./bonus/language-model-bonus.js";
export { type Trial, tuneLanguageModel, type TunedWeights, type TuneOptions } from "./bonus/tune.js";
export { ctcBestPath, trimmedPath } from "./best-path.js";
export { ctcEmissions, type CtcEmissions, ctcEmissionsAsync, ctcEmissionsOf } from "./emissions.js";
export { collapse, ctcFeasible, ctcMinimumLength, trim } from "./labels.js";
export { ctcLoss, type CtcOptions, type CtcPath, type Infeasible, infeasibleChoices } from "./loss.js";
export {
  type CtcHypothesis,
  prefixBeamSearch,
  PrefixBeamSearch,
  type PrefixBeamOptions,
} from "./search/prefix-beam-search.js";
export { combinedBonus, noBonus, type PrefixBonus } from "./search/prefix-bonus.js";
