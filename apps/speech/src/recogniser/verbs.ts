import { type KindVerbs } from "../kinds.js";
import { evaluateRecogniser } from "./evaluate.js";
import { inspectRecogniser } from "./inspect-run.js";
import { recognise } from "./predict.js";
import { trainRecogniser } from "./train.js";

/** What the verbs do for networks that write down what is said. */
export const recogniserVerbs: KindVerbs = {
  train: trainRecogniser,
  evaluate: evaluateRecogniser,
  predict: recognise,
  inspectRun: inspectRecogniser,
};
