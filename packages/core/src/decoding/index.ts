export { beamSearch, type BeamSearchOptions } from "./beam-search.js";
export { ensemble, type EnsembleMean, ensembleMeans, type EnsembleOptions } from "./ensemble.js";
export { forcedDecoding, type ForcedDecodingOptions, type ScoredTarget } from "./forced-decoding.js";
export { greedySearch } from "./greedy-search.js";
export { type Hypothesis } from "./hypothesis.js";
export {
  type DecodingOptions,
  type DecodingProgress,
  type OpenHypothesis,
  type PerSentence,
} from "./options.js";
export { type LengthPenalty } from "./penalties.js";
export { followPrefix, type TokenConstraint } from "./rules.js";
export { sampleSequences, type SamplingOptions } from "./sample-sequences.js";
export { type Step, type StepModel } from "./step-model.js";
