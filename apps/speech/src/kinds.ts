import {
  type EvaluateRequest,
  type Inspection,
  type Prediction,
  type PredictRequest,
  type Report,
  type TrainRequest,
} from "@timestep/cli-kit";
import { type SpeechSettings, speechSettings, speechTask } from "@timestep/speech";
import { type FileStore, readSettings } from "@timestep/training";

/** What the verbs do for one kind of model: `recogniser/` and `embedder/` have one each. */
export interface KindVerbs {
  train(request: TrainRequest<SpeechSettings>): Promise<Report>;
  evaluate(request: EvaluateRequest): Promise<Report>;
  predict(request: PredictRequest): AsyncIterable<Prediction>;
  inspectRun(run: FileStore): Promise<Inspection>;
}

/** The verbs of a kind, loaded when they are asked for. */
export async function verbsOfKind(kind: SpeechSettings["kind"]): Promise<KindVerbs> {
  if (kind === "embedder") return (await import("./embedder/verbs.js")).embedderVerbs;
  return (await import("./recogniser/verbs.js")).recogniserVerbs;
}

/** The verbs of what a run holds. */
export async function verbsOfRun(run: FileStore): Promise<KindVerbs> {
  return verbsOfKind((await readSettings(run, speechTask, speechSettings)).kind);
}
