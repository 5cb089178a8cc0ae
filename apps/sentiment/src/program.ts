import { readFileSync } from "node:fs";
import { type TaskProgram } from "@timestep/cli-kit";
import { sentimentSettings, type SentimentSettings } from "@timestep/sentiment";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** The sentiment of texts on the command line. What a verb does is loaded when it is asked for. */
export const sentimentProgram: TaskProgram<SentimentSettings> = {
  name: "timestep-sentiment",
  task: "sentiment",
  summary: "Say whether a text is positive or negative, or which of any labels it has",
  version: manifest.version,
  settings: sentimentSettings,
  recipes: new URL("./recipes/", import.meta.resolve("@timestep/sentiment/package.json")),
  primaryMetric: "accuracy",
  flags: {
    train: [
      { flag: "--folds <n>", about: "cross-validate on so many parts after training", setting: "folds" },
    ],
    predict: [
      { flag: "--abstain-below <p>", about: "give no label where the confidence is below this (0 to 1)" },
      { flag: "--weights <kind>", about: "what colours words: gradient (default) or attention" },
      { flag: "--tree", about: "show the label of each phrase, for networks over trees" },
    ],
  },
  train: async (request) => (await import("./train.js")).trainSentiment(request),
  evaluate: async (request) => (await import("./evaluate.js")).evaluateSentiment(request),
  async *predict(request) {
    yield* (await import("./predict.js")).predictSentiment(request);
  },
  inspectData: async (request) => (await import("./inspect.js")).inspectSentimentData(request),
  inspectRun: async (request) => (await import("./inspect.js")).inspectSentimentRun(request),
  bench: async (request) => (await import("./bench.js")).benchSentiment(request),
};
