import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { bracketed, SlotTagger, type TaggedText } from "@timestep/slot-filling";

/** `predict`: each input line tagged, in order. */
export async function* predictSlots({ run, inputs }: PredictRequest): AsyncGenerator<Prediction> {
  const tagger = await SlotTagger.load(run);
  for await (const items of batched(inputs, 64)) {
    for (const tagged of await tagger.tagAllAsync(items.map(({ text }) => text)))
      yield { json: tagged, text: shown(tagged) };
  }
  tagger.dispose();
}

/** `leave [origin Taipei] on [date November 2nd]   (find_flight 0.98)` */
function shown(tagged: TaggedText): string {
  const { intent } = tagged;
  return bracketed(tagged) + (intent === null ? "" : `   (${intent.label} ${intent.confidence.toFixed(2)})`);
}
