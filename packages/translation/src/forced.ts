import { bucketBatches, type SentencePair } from "@timestep/data";
import { encoderIds } from "./encode.js";
import { pairBatch, type TranslationModel } from "./model.js";
import type { TranslationSettings } from "./settings.js";
import type { Sides } from "./units/index.js";

/** How probable a given translation is. */
export interface ForcedLoss {
  /** Cross-entropy of each unit and of the end, in nats. */
  readonly losses: Float32Array;
  /** The sum of the log probabilities of its units and its end. */
  readonly logProbability: number;
}

/** What reads texts: a model with its sides and settings. */
export interface Reader {
  readonly model: TranslationModel;
  readonly sides: Sides;
  readonly settings: TranslationSettings;
}

const together = { batchSize: 100, maxTokens: 4000 };

/** What the decoder reads while given translations are scored. */
export interface ForcedOptions {
  /** What it says itself instead of the true unit before. Default false. */
  readonly freeRunning?: boolean;
}

/** The losses of the units of given translations. */
export async function forcedLosses(
  { model, sides, settings }: Reader,
  pairs: readonly Pick<SentencePair, "source" | "target">[],
  options: ForcedOptions = {},
): Promise<ForcedLoss[]> {
  const encoded = pairs.map(({ source, target }) => ({
    source: encoderIds(sides.source.ids(source), settings.model.encoder),
    target: sides.target.ids(target),
  }));
  const found: ForcedLoss[] = [];
  const lengths = encoded.map(({ source, target }) => source.length + target.length + 1);
  for (const places of bucketBatches(lengths, together)) {
    const batch = pairBatch(places.map((place) => encoded[place] as (typeof encoded)[number]));
    const losses = model.unitLosses(batch, options);
    const values = await losses.data<"float32">();
    losses.dispose();
    const { time, lengths: steps } = batch.target;
    places.forEach((place, row) => {
      const own = values.slice(row * time, row * time + (steps[row] as number));
      found[place] = { losses: own, logProbability: -own.reduce((total, loss) => total + loss, 0) };
    });
  }
  return found;
}

/** The mean over all units; 0 where there are none. */
export function meanLoss(found: readonly ForcedLoss[]): number {
  let total = 0;
  let units = 0;
  for (const { losses } of found) {
    units += losses.length;
    for (const loss of losses) total += loss;
  }
  return total / Math.max(1, units);
}
