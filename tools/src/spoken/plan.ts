import { type Split } from "@timestep/data";

/** A clip to synthesise. */
export interface PlannedClip {
  readonly split: Split;
  /** Name of the file without folder and ending. */
  readonly name: string;
  readonly text: string;
  readonly speaker: Speaker;
  /** Words a minute, and espeak's pitch from 0 to 99. */
  readonly speed: number;
  readonly pitch: number;
}

/** A voice of espeak-ng with one of its variants. */
export interface Speaker {
  readonly name: string;
  readonly voice: string;
  readonly pitch: number;
}

const SPEAKERS: readonly Speaker[] = [
  { name: "ann", voice: "en-us+f2", pitch: 55 },
  { name: "bob", voice: "en-us+m3", pitch: 35 },
  { name: "cleo", voice: "en-gb+f4", pitch: 60 },
  { name: "dan", voice: "en-gb+m7", pitch: 45 },
  { name: "ewan", voice: "en-gb-scotland+m1", pitch: 40 },
  { name: "fay", voice: "en-us+f5", pitch: 45 },
];

const WORDS = ["yes", "no", "stop", "go", "left", "right"] as const;

/** Two words a speaker. A word said twice and the same letters meeting are what needs a blank between labels. */
const PAIRS = [
  ["go left", "stop stop"],
  ["go right", "no no"],
  ["yes stop", "left left"],
  ["no right", "go go"],
  ["left right", "yes yes"],
  ["stop go", "right right"],
] as const;

/**
 * What is said, by whom and how. Every speaker says every word at two speeds and pitches, and two pairs of words. The first
 * of both is for training; the second falls to train, dev and test in turn, so that each split has every speaker and
 * every word, none in the same way twice.
 */
export function planClips(): PlannedClip[] {
  const turns: readonly Split[] = ["train", "dev", "test"];
  return SPEAKERS.flatMap((speaker, s) => {
    const said = (text: string, take: number, split: Split): PlannedClip => ({
      split,
      name: `${text.replace(" ", "-")}_${speaker.name}_${take}`,
      text,
      speaker,
      speed: 165 + 5 * s + 25 * (take - 1),
      pitch: speaker.pitch + 8 * (take - 1),
    });
    const words = WORDS.flatMap((word, w) => [
      said(word, 1, "train"),
      said(word, 2, turns[(s + w) % 3] as Split),
    ]);
    const [first, second] = PAIRS[s] as readonly [string, string];
    const elsewhere: Split = s % 3 === 0 ? "dev" : s % 3 === 1 ? "test" : "train";
    return [...words, said(first, 1, "train"), said(second, 1, elsewhere)];
  });
}
