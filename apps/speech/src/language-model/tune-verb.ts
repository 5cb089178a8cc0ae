import { type RunVerb } from "@timestep/cli-kit";

/** `timestep-speech tune`: how much a language model should count. */
export const tuneVerb: RunVerb = {
  name: "tune",
  over: "run",
  about: "find --lm-weight and --word-bonus of a language model for a run",
  split: "dev",
  flags: [
    { flag: "--lm <file>", about: "language model in the ARPA format", required: true },
    { flag: "--lm-weight <list>", about: "weights to try (default: 0,0.25,0.5,0.75,1,1.5,2)" },
    { flag: "--word-bonus <list>", about: "nats for each word to try (default: -1,0,1,2,3)" },
    { flag: "--beam <n>", about: "texts kept in the search (default: 32)" },
  ],
  run: async (request) => (await import("./tune-weights.js")).tuneWeights(request),
};
