import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { asSplit } from "@timestep/data";
import { readScored, SpeechRecogniser, speechTask } from "@timestep/speech";
import { readCorpusOf } from "../read-corpus.js";
import { alignmentLines, scoreSplit } from "./scoring.js";
import { searchOf } from "./search.js";
import { pieceSeconds } from "./streaming.js";

/** `evaluate`: scores a run on one split of a corpus. */
export async function evaluateRecogniser(request: EvaluateRequest): Promise<Report> {
  const { run, split, engine, flags } = request;
  const started = performance.now();
  const name = asSplit(split);
  const recogniser = await SpeechRecogniser.load(run);
  const { settings } = recogniser;
  const { options, signature, note } = await searchOf(flags, recogniser.labels);
  const corpus = await readCorpusOf(request, settings);
  const { content: utterances, warnings } = await readScored(corpus, name);
  const stream = flags["stream"] === true ? "all" : recogniser.streams ? "some" : "none";
  const scored = await scoreSplit(recogniser, utterances, { ...options, stream });
  recogniser.dispose();
  const [baseline, ...others] = scored.baselines;
  const alignments = flags["alignments"] === true ? alignmentLines(utterances, scored.scores) : [];
  return {
    task: speechTask,
    split: name,
    metrics: { ...scored.scores.metrics, ...scored.speed },
    settings: `${scored.scores.signature} ${signature}${stream === "all" ? ` stream:${pieceSeconds}s` : ""}`,
    examples: utterances.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines: others,
    tables: scored.tables,
    notes: [...(note === undefined ? [] : [note]), ...corpus.warnings, ...warnings, ...alignments],
  };
}
