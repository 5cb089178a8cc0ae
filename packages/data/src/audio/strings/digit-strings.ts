import { ConfigError, DataError, type Random, seeded } from "@timestep/base";
import { type SpokenExample } from "../corpus/spoken.js";
import { resample } from "../wav/resample.js";
import { type AudioClip } from "../wav/clip.js";

/** How recordings of single digits are joined into strings. */
export interface DigitStringSettings {
  /** How many strings are made. */
  readonly count: number;
  readonly minDigits: number;
  readonly maxDigits: number;
  /** Shortest and longest pause between two digits; before the first and after the last up to the longest. */
  readonly minGapSeconds: number;
  readonly maxGapSeconds: number;
  /** Root mean square of the noise that fills pauses, in decibels of full scale; null for digital silence. */
  readonly noiseDecibels: number | null;
  /** How often a digit is followed by itself; other digits share the rest evenly (0.1 would be chance). */
  readonly repeatShare: number;
  /** Everything follows from it and the recordings: for other strings each epoch, derive it from the epoch. */
  readonly seed: number;
}

export const DEFAULT_DIGIT_STRINGS: DigitStringSettings = {
  count: 1000,
  minDigits: 1,
  maxDigits: 7,
  minGapSeconds: 0.02,
  maxGapSeconds: 0.3,
  noiseDecibels: -60,
  repeatShare: 0.2,
  seed: 1,
};

/**
 * Joins recordings of single digits by one speaker into strings with pauses between them: "7 7 2". Lengths from
 * `minDigits` to `maxDigits` are equally likely, speakers take turns, and of a speaker's recordings of a digit each is
 * used once before one is used again. Strings are planned here and their sound is put together when it is asked for; the
 * same recordings, settings and seed give the same samples.
 *
 * Take the strings of each split from the recordings of that split alone, so that nothing tested was heard before.
 *
 * @param recordings One digit each: `text` is one word, and all recordings with the same text are the same digit.
 * @throws {ConfigError} DIGIT_STRINGS when a setting is out of range.
 * @throws {DataError} DIGIT_STRINGS_EMPTY when there are no recordings, DIGIT_STRINGS_WORDS when a text is not one word.
 *
 * @example
 * ```ts
 * const sound = { samples: new Float32Array(800).fill(0.5), sampleRateHz: 8000 };
 * const one = { id: "a", text: "1", where: { file: "a.wav", line: 1 }, audio: () => Promise.resolve(sound) };
 * const [first] = digitStrings([one], { count: 1, minDigits: 3, maxDigits: 3 });
 * first?.text; // "1 1 1"
 * ```
 */
export function digitStrings(
  recordings: readonly SpokenExample[],
  given: Partial<DigitStringSettings> = {},
): SpokenExample[] {
  return planDigitStrings(recordings, given).map(({ parts, join, ...example }) => ({
    ...example,
    audio: async () => join(await Promise.all(parts.map((part) => part.audio()))),
  }));
}

/** A string whose recordings the caller holds, as training does that draws other strings for every epoch. */
export interface PlannedString<Recording extends Recorded> extends Recorded {
  /** What it is joined from, in order. */
  readonly parts: readonly Recording[];
  /** The sound of the string from that of its parts, in order. */
  join(clips: readonly AudioClip[]): AudioClip;
}

/** What strings need to know of a recording. */
export type Recorded = Pick<SpokenExample, "id" | "text" | "speaker" | "where">;

/**
 * The strings of {@link digitStrings} without their sound.
 *
 * @throws {ConfigError} DIGIT_STRINGS
 * @throws {DataError} DIGIT_STRINGS_EMPTY, DIGIT_STRINGS_WORDS
 */
export function planDigitStrings<Recording extends Recorded>(
  recordings: readonly Recording[],
  given: Partial<DigitStringSettings> = {},
): PlannedString<Recording>[] {
  const settings = { ...DEFAULT_DIGIT_STRINGS, ...given };
  checkSettings(settings);
  if (recordings.length === 0) {
    throw new DataError("DIGIT_STRINGS_EMPTY", "there are no recordings to join.", {
      hint: "Hand over the examples of a split that has some.",
    });
  }
  const random = seeded(settings.seed).fork("digit-strings");
  const speakers = bySpeaker(recordings);
  const names = [...speakers.keys()].sort();
  let turns: string[] = [];
  return Array.from({ length: settings.count }, (_, index): PlannedString<Recording> => {
    if (turns.length === 0) turns = random.shuffled(names);
    const name = turns.pop() as string;
    const digits = speakers.get(name) as Map<string, Deck<Recording>>;
    const parts = drawDigits(digits, settings, random);
    const text = parts.map((part) => part.text).join(" ");
    const id = `string-${String(index + 1).padStart(5, "0")}`;
    const { where, speaker } = parts[0] as Recording;
    return {
      id: name === "" ? id : `${id}-${name}`,
      text,
      where,
      ...(speaker === undefined ? {} : { speaker }),
      parts,
      join: (clips) => join(clips, settings, random.fork(`sound ${index}`)),
    };
  });
}

/** Recordings of one digit by one speaker, dealt in random order and shuffled anew when all were used. */
class Deck<Recording extends Recorded> {
  private order: Recording[] = [];
  private readonly recordings: Recording[] = [];

  add(recording: Recording): void {
    this.recordings.push(recording);
  }

  /** The next recording; not the one that was dealt just before, where there is another. */
  deal(random: Random, before: Recording | undefined): Recording {
    if (this.order.length === 0) this.order = random.shuffled(this.recordings);
    if (this.order.at(-1) === before && this.order.length > 1)
      this.order.unshift(this.order.pop() as Recording);
    return this.order.pop() as Recording;
  }
}

function bySpeaker<Recording extends Recorded>(
  recordings: readonly Recording[],
): Map<string, Map<string, Deck<Recording>>> {
  const speakers = new Map<string, Map<string, Deck<Recording>>>();
  for (const recording of recordings) {
    const { id, text, speaker = "" } = recording;
    if (!/^\S+$/.test(text)) {
      throw new DataError(
        "DIGIT_STRINGS_WORDS",
        `"${id}" says ${JSON.stringify(text)}, expected one digit.`,
        {
          hint: "Strings are joined from recordings of single digits.",
        },
      );
    }
    const digits = speakers.get(speaker) ?? new Map<string, Deck<Recording>>();
    speakers.set(speaker, digits);
    const deck = digits.get(text) ?? new Deck<Recording>();
    digits.set(text, deck);
    deck.add(recording);
  }
  return speakers;
}

function drawDigits<Recording extends Recorded>(
  digits: Map<string, Deck<Recording>>,
  settings: DigitStringSettings,
  random: Random,
): Recording[] {
  const { minDigits, maxDigits, repeatShare } = settings;
  const words = [...digits.keys()].sort();
  const parts: Recording[] = [];
  const length = minDigits + random.integer(maxDigits - minDigits + 1);
  while (parts.length < length) {
    const before = parts.at(-1);
    const others = words.filter((word) => word !== before?.text);
    const repeat = before !== undefined && (others.length === 0 || random.uniform() < repeatShare);
    const word = repeat ? before.text : random.pick(others);
    parts.push((digits.get(word) as Deck<Recording>).deal(random, before));
  }
  return parts;
}

function join(clips: readonly AudioClip[], settings: DigitStringSettings, random: Random): AudioClip {
  const sampleRateHz = clips[0]?.sampleRateHz ?? 8000;
  const sounds = clips.map((clip) => resample(clip.samples, clip.sampleRateHz, sampleRateHz));
  const { minGapSeconds, maxGapSeconds, noiseDecibels } = settings;
  const gaps = Array.from({ length: sounds.length + 1 }, (_, i) => {
    const least = i === 0 || i === sounds.length ? 0 : minGapSeconds;
    return Math.round((least + (maxGapSeconds - least) * random.uniform()) * sampleRateHz);
  });
  const total = [...gaps, ...sounds.map(({ length }) => length)].reduce((sum, length) => sum + length, 0);
  const samples = new Float32Array(total);
  const level = noiseDecibels === null ? 0 : 10 ** (noiseDecibels / 20);
  let at = 0;
  for (const [i, gap] of gaps.entries()) {
    if (level > 0) for (let n = 0; n < gap; n++) samples[at + n] = level * random.normal();
    at += gap;
    const sound = sounds[i];
    if (sound === undefined) continue;
    samples.set(sound, at);
    at += sound.length;
  }
  return { samples, sampleRateHz };
}

function checkSettings(settings: DigitStringSettings): void {
  const { count, minDigits, maxDigits, minGapSeconds, maxGapSeconds, noiseDecibels, repeatShare, seed } =
    settings;
  const wholeFrom = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
  const within = (value: number, low: number, high: number): boolean => value >= low && value <= high;
  const checks: readonly (readonly [right: boolean, name: keyof DigitStringSettings, expected: string])[] = [
    [wholeFrom(count, 1), "count", "a whole number of at least 1"],
    [wholeFrom(minDigits, 1), "minDigits", "a whole number of at least 1"],
    [wholeFrom(maxDigits, minDigits), "maxDigits", "a whole number of at least minDigits"],
    [within(minGapSeconds, 0, 10), "minGapSeconds", "0 to 10"],
    [within(maxGapSeconds, minGapSeconds, 10), "maxGapSeconds", "minGapSeconds to 10"],
    [noiseDecibels === null || within(noiseDecibels, -150, 0), "noiseDecibels", "-150 to 0, or null"],
    [within(repeatShare, 0, 1), "repeatShare", "0 to 1"],
    [Number.isSafeInteger(seed), "seed", "a whole number"],
  ];
  for (const [right, name, expected] of checks) {
    if (right) continue;
    throw new ConfigError(
      "DIGIT_STRINGS",
      `digit strings: ${name} is ${settings[name]}, expected ${expected}.`,
    );
  }
}
