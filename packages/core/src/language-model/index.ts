export { formatArpa, parseArpa } from "./arpa.js";
export {
  type NgramEntry,
  NgramModel,
  type NgramState,
  type NgramStep,
  sentenceBegin,
  sentenceEnd,
  unknownWord,
} from "./ngram-model.js";
export { type NgramScore, scoreSentences } from "./perplexity.js";
export { type Smoothing, smoothings } from "./smoothing.js";
export { characterTokens, type NgramTraining, trainNgrams } from "./train-ngrams.js";
