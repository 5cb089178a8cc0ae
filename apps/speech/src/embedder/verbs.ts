import { type KindVerbs } from "../kinds.js";
import { evaluateEmbedder } from "./evaluate.js";
import { inspectEmbedder } from "./inspect-run.js";
import { embed } from "./predict.js";
import { trainEmbedder } from "./train.js";

/** What the verbs do for vectors of spoken words. */
export const embedderVerbs: KindVerbs = {
  train: trainEmbedder,
  evaluate: evaluateEmbedder,
  predict: embed,
  inspectRun: inspectEmbedder,
};
