import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { asSplit } from "@timestep/data";
import {
  readScored,
  readSpeechCorpus,
  SpeechRecogniser,
  type SpeechSettings,
  speechTask,
} from "@timestep/speech";
import { evaluateEmbedder, kindOf } from "./embedder.js";
import { searchOf } from "./flags.js";
import { alignmentLines, scoreSplit } from "./scoring.js";

/** `evaluate`: scores a run on one split of a corpus. */
export async function evaluateSpeech(request: EvaluateRequest): Promise<Report> {
  const { run, data, format, split, engine, flags } = request;
  if ((await kindOf(run)) === "embedder") return evaluateEmbedder(request);
  const started = performance.now();
  const name = asSplit(split);
  const search = searchOf(flags);
  const stream = flags["stream"] === true;
  const recogniser = await SpeechRecogniser.load(run);
  const { settings } = recogniser;
  const corpus = await readSpeechCorpus(data, {
    ...settings,
    format: (format ?? settings.format) as SpeechSettings["format"],
  });
  const { content: utterances, warnings } = await readScored(corpus, name);
  const scored = await scoreSplit(recogniser, utterances, { ...search, stream });
  recogniser.dispose();
  const [baseline, ...others] = scored.baselines;
  const alignments = flags["alignments"] === true ? alignmentLines(utterances, scored.scores) : [];
  const { latencySeconds } = scored;
  const latency = latencySeconds === undefined ? {} : { latencySeconds };
  return {
    task: speechTask,
    split: name,
    metrics: { ...scored.scores.metrics, realTimeFactor: scored.realTimeFactor, ...latency },
    settings: `${scored.scores.signature} decode:${search.decoding}${(search.beam ?? 0) > 0 ? ` beam:${search.beam}` : ""}${stream ? " stream:0.1s" : ""}`,
    examples: utterances.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines: others,
    tables: scored.tables,
    notes: [...corpus.warnings, ...warnings, ...scored.notes, ...alignments],
  };
}
