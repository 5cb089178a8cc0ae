import { readFileSync } from "node:fs";
import { type TaskProgram } from "@timestep/cli-kit";
import { speechSettings, type SpeechSettings } from "@timestep/speech";

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
    evaluate: [
      {
        flag: "--decode <kind>",
        about: "ctc (default), or trim: the older way, without blanks between repeats",
      },
      {
        flag: "--beam <n>",
        about: "search for the likeliest text among so many, instead of the likeliest path",
      },
      { flag: "--stream", about: "hear each recording in pieces of 0.1 s, as if it were being made" },
      { flag: "--alignments", about: "print the alignment of each utterance that is not right" },
    ],
    predict: [
      {
        flag: "--decode <kind>",
        about: "ctc (default), or trim: the older way, without blanks between repeats",
      },
      {
        flag: "--beam <n>",
        about: "search for the likeliest text among so many, instead of the likeliest path",
      },
      { flag: "--nbest <n>", about: "give so many readings of each recording; needs a beam as wide" },
      { flag: "--align <text>", about: "tell when the words of this text are said, instead of what is said" },
      { flag: "--stream", about: "hear each recording in pieces of 0.1 s, as if it were being made" },
    ],
  },
  train: async (request) => (await import("./train.js")).trainSpeech(request),
  evaluate: async (request) => (await import("./evaluate.js")).evaluateSpeech(request),
  async *predict(request) {
    yield* (await import("./predict.js")).predictSpeech(request);
  },
  inspectData: async (request) => (await import("./inspect.js")).inspectSpeechData(request),
  inspectRun: async (request) => (await import("./inspect.js")).inspectSpeechRun(request),
  bench: async (request) => (await import("./bench.js")).benchSpeech(request),
};
