import { type TextVerb } from "@timestep/cli-kit";
import { type SpeechSettings } from "@timestep/speech";

/** `timestep-speech lm`: a language model from texts. */
export const lmVerb: TextVerb<SpeechSettings> = {
  name: "lm",
  over: "texts",
  about: "train an n-gram language model on texts, for --lm: those of a file, or of training recordings",
  flags: [
    { flag: "--out <file>", about: "ARPA file to write", required: true },
    { flag: "--order <n>", about: "words of the longest n-grams, 1 to 9 (default: 3)" },
    { flag: "--smoothing <kind>", about: "kneser-ney (default) or witten-bell" },
    { flag: "--unit <kind>", about: "n-grams of words (default) or characters" },
  ],
  run: async (request) => (await import("./train-model.js")).trainModel(request),
};
