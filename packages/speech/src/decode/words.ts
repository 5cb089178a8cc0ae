import type { SpeechLabels } from "../labels/speech-labels.js";
import type { RecognisedWord } from "../recognised.js";
import type { SaidLabel } from "./best-path.js";

/** How steps lie in time. */
export interface StepTimes {
  /** Seconds from one step to the next. */
  readonly stepSeconds: number;
  /** Seconds that one step reads. */
  readonly spanSeconds: number;
}

/** Words with times and confidences from labels; of characters the least sure one speaks for its word. */
export function wordsOf(
  said: readonly SaidLabel[],
  labels: SpeechLabels,
  { stepSeconds, spanSeconds }: StepTimes,
): RecognisedWord[] {
  const groups: SaidLabel[][] = [];
  let parted = true;
  for (const one of said) {
    const blank = labels.unit === "characters" && labels.label(one.label).trim() === "";
    if (blank) parted = true;
    else if (parted || labels.unit === "words") groups.push([one]);
    else groups.at(-1)?.push(one);
    if (!blank) parted = false;
  }
  return groups.map((group) => ({
    text: group.map(({ label }) => labels.label(label)).join(""),
    start: (group[0]?.from ?? 0) * stepSeconds,
    end: ((group.at(-1)?.to ?? 1) - 1) * stepSeconds + spanSeconds,
    confidence: Math.min(...group.map(({ confidence }) => confidence)),
  }));
}
