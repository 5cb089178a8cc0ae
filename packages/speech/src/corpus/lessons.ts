import type { Random } from "@timestep/base";
import { type DigitStringSettings, planDigitStrings } from "@timestep/data";
import type { SpeechSettings } from "../settings.js";
import type { Utterance } from "./utterance.js";

/** What is learnt from: the utterances of each epoch. */
export interface Lessons {
  /** Texts that have every label that any utterance has. */
  readonly texts: readonly string[];
  /** The utterances of an epoch, a pure function of the random numbers. */
  epoch(random: Random): readonly Utterance[];
}

/** The same utterances in every epoch. */
export function repeated(utterances: readonly Utterance[]): Lessons {
  return { texts: utterances.map(({ text }) => text), epoch: () => utterances };
}

/** Other strings of the recordings in every epoch. */
export function freshStrings(recordings: readonly Utterance[], settings: SpeechSettings["strings"]): Lessons {
  return {
    texts: [recordings.map(({ text }) => text).join(" ")],
    epoch: (random) =>
      joinStrings(recordings, settings, { count: settings.perEpoch, seed: random.fork("strings").bits() }),
  };
}

/** Strings of recordings of single words by one speaker each. */
export function joinStrings(
  recordings: readonly Utterance[],
  {
    minDigits,
    maxDigits,
    minGapSeconds,
    maxGapSeconds,
    noiseDecibels,
    repeatShare,
  }: SpeechSettings["strings"],
  { count, seed }: Pick<DigitStringSettings, "count" | "seed">,
): Utterance[] {
  const settings = {
    minDigits,
    maxDigits,
    minGapSeconds,
    maxGapSeconds,
    noiseDecibels,
    repeatShare,
    count,
    seed,
  };
  return planDigitStrings(recordings, settings).map(({ parts, join, ...planned }) => {
    const gaps = ((parts.length + 1) * (minGapSeconds + maxGapSeconds)) / 2;
    return {
      ...planned,
      // Near enough for putting strings of one length together; the pauses are drawn with the sound.
      seconds: parts.reduce((sum, part) => sum + part.seconds, gaps),
      clip: () => join(parts.map((part) => part.clip())),
    };
  });
}
