import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type ClassifiedText, SentimentClassifier } from "@timestep/sentiment";

/** `predict`: the label of each input line, in order. */
export async function* predictSentiment({ run, inputs }: PredictRequest): AsyncGenerator<Prediction> {
  const classifier = await SentimentClassifier.load(run);
  for await (const items of batched(inputs, 64)) {
    for (const said of await classifier.classifyAll(items.map(({ text }) => text))) {
      yield { json: said, text: shown(said) };
    }
  }
  classifier.dispose();
}

/** `positive 0.98  a text` */
function shown({ text, label, confidence }: ClassifiedText): string {
  return `${label ?? "-"} ${confidence.toFixed(2)}  ${text}`;
}
