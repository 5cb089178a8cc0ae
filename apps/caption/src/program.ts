import { readFileSync } from "node:fs";
import { captioningSettings, type CaptioningSettings } from "@timestep/captioning";
import { type TaskProgram } from "@timestep/cli-kit";
import { galleryFlags, outputFlags, searchFlags } from "./flags.js";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Captions on the command line. What a verb does is loaded when it is asked for. */
export const captionProgram: TaskProgram<CaptioningSettings> = {
  name: "timestep-caption",
  task: "caption",
  summary: "Describe pictures, learnt from pictures with captions",
  version: manifest.version,
  settings: captioningSettings,
  recipes: new URL("./recipes/", import.meta.resolve("@timestep/captioning/package.json")),
  primaryMetric: "ciderD",
  flags: { evaluate: [...searchFlags, ...galleryFlags], predict: [...searchFlags, ...outputFlags] },
  ensembles: true,
  train: async (request) => (await import("./train.js")).trainCaptions(request),
  evaluate: async (request) => (await import("./evaluate.js")).evaluateCaptions(request),
  async *predict(request) {
    yield* (await import("./predict.js")).predictCaptions(request);
  },
  inspectData: async (request) => (await import("./inspection/inspect-data.js")).inspectCaptionData(request),
  inspectRun: async (request) => (await import("./inspection/inspect-run.js")).inspectCaptionRun(request),
  bench: async (request) => (await import("./bench.js")).benchCaptions(request),
};
