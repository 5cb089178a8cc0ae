import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { asSplit } from "@timestep/data";
import { SpokenWordEmbedder } from "@timestep/speech";
import { refuseSearchFlags } from "../flags.js";
import { readCorpusOf } from "../read-corpus.js";
import { reportOf, scoreVectors } from "./scoring.js";

/** `evaluate` of vectors of spoken words: the nearest neighbours of a split among the training recordings. */
export async function evaluateEmbedder(request: EvaluateRequest): Promise<Report> {
  const { run, split, engine, flags } = request;
  const started = performance.now();
  refuseSearchFlags(flags, run.name);
  const embedder = await SpokenWordEmbedder.load(run);
  const { settings } = embedder;
  const corpus = await readCorpusOf(request, settings);
  const scored = await scoreVectors(embedder, corpus, asSplit(split));
  embedder.dispose();
  return {
    ...reportOf(scored, settings),
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    notes: corpus.warnings,
  };
}
