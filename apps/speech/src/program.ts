import { readFileSync } from "node:fs";
import { type TaskProgram } from "@timestep/cli-kit";
import { speechSettings, type SpeechSettings } from "@timestep/speech";
import { outputFlags, scoringFlags, searchFlags } from "./flags.js";
import { verbsOfKind, verbsOfRun } from "./kinds.js";
import { lmVerb } from "./language-model/lm-verb.js";
import { tuneVerb } from "./language-model/tune-verb.js";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Speech recognition on the command line. What a verb does is loaded when it is asked for. */
export const speechProgram: TaskProgram<SpeechSettings> = {
  name: "timestep-speech",
  task: "speech",
  summary: "Write down what is said in recordings",
  version: manifest.version,
  settings: speechSettings,
  recipes: new URL("./recipes/", import.meta.resolve("@timestep/speech/package.json")),
  primaryMetric: "wer",
  flags: {
    train: [
      {
        flag: "--hold-out <speaker>",
        about: "leave this speaker out of training",
        setting: "corpus.holdOut",
      },
    ],
    evaluate: [...searchFlags, ...scoringFlags],
    predict: [...searchFlags, ...outputFlags],
  },
  verbs: [lmVerb, tuneVerb],
  train: async (request) => (await verbsOfKind(request.settings.kind)).train(request),
  evaluate: async (request) => (await verbsOfRun(request.run)).evaluate(request),
  async *predict(request) {
    yield* (await verbsOfRun(request.run)).predict(request);
  },
  inspectData: async (request) => (await import("./inspect-data.js")).inspectSpeechData(request),
  async inspectRun({ run }) {
    const { startEngine } = await import("@timestep/engine");
    await startEngine();
    return (await verbsOfRun(run)).inspectRun(run);
  },
  bench: async (request) => (await import("./bench.js")).benchSpeech(request),
};
