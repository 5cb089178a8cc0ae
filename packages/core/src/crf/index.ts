export { type Chain, type EmissionRow, makeChain, pathScore, type Possible, possibleTags } from "./chain.js";
export { type TagScheme, tagConstraints, type TransitionConstraints } from "./constraints.js";
export { Crf, type CrfOptions, type CrfPath, type TagPath } from "./crf.js";
export { logForwardBackward, type Posteriors } from "./log-forward-backward.js";
export { kBestPaths, type ScoredPath, viterbi } from "./viterbi.js";
