import { readFileSync } from "node:fs";
import { type TaskProgram } from "@timestep/cli-kit";
import { translationSettings, type TranslationSettings } from "@timestep/translation";
import { outputFlags, searchFlags } from "./flags.js";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Translation on the command line. What a verb does is loaded when it is asked for. */
export const translateProgram: TaskProgram<TranslationSettings> = {
  name: "timestep-translate",
  task: "translate",
  summary: "Translate from one language into another, learnt from sentences and their translations",
  version: manifest.version,
  settings: translationSettings,
  recipes: new URL("./recipes/", import.meta.resolve("@timestep/translation/package.json")),
  primaryMetric: "bleu",
  flags: { evaluate: searchFlags, predict: [...searchFlags, ...outputFlags] },
  ensembles: true,
  train: async (request) => (await import("./train.js")).trainTranslation(request),
  evaluate: async (request) => (await import("./evaluate.js")).evaluateTranslation(request),
  async *predict(request) {
    yield* (await import("./predict.js")).predictTranslation(request);
  },
  inspectData: async (request) => (await import("./inspect.js")).inspectTranslationData(request),
  inspectRun: async (request) => (await import("./inspect.js")).inspectTranslationRun(request),
  bench: async (request) => (await import("./bench.js")).benchTranslation(request),
};
