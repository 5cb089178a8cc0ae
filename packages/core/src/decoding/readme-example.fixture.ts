import { startEngine } from "@timestep/engine";
import { gather, log, tensor1d, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { beamSearch, greedySearch, type StepModel } from "../index.js";

await startEngine();
const words = ["<begin>", "<end>", "two", "red", "birds"];
const follow = tensor2d([
  [0, 0, 0.6, 0.4, 0], // what may begin
  [0, 1, 0, 0, 0],
  [0, 0.3, 0, 0.35, 0.35], // what may follow "two"
  [0, 0.1, 0, 0, 0.9],
  [0, 1, 0, 0, 0],
]);
const model: StepModel<null> = {
  vocabularySize: words.length,
  step: (tokens) => ({ logits: tidy(() => log(gather(follow, tensor1d(tokens, "int32")))), state: null }),
  select: () => null, // what follows depends on the last word alone, so there is nothing to remember
  dispose: () => undefined,
};

const options = { sentences: 1, begin: 0, end: 1, maximumLength: 5 };
const [greedy] = await greedySearch(model, null, options);
const [found = []] = await beamSearch(model, null, { ...options, beam: 4, nBest: 2 });
const say = (tokens: readonly number[] = []) => tokens.map((token) => words[token]).join(" ");
console.log(say(greedy?.tokens)); // two red birds
for (const { tokens, score } of found) console.log(say(tokens), Math.exp(score).toFixed(2)); // red birds 0.36, two birds 0.21
