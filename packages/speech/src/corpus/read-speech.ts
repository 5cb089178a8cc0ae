import { seeded } from "@timestep/base";
import {
  type DataSource,
  readSpokenCorpus,
  requireSplit,
  type SpokenCorpus,
  type SpokenExample,
} from "@timestep/data";
import type { SpeechSettings } from "../settings.js";
import { freshStrings, joinStrings, type Lessons, repeated } from "./lessons.js";
import { hear, type Utterance } from "./utterance.js";

/** A corpus as the settings read it; recordings are still unread. */
export interface SpeechCorpus extends SpokenCorpus {
  readonly settings: Pick<SpeechSettings, "corpus" | "strings">;
}

/**
 * Reads texts and names of recordings. Where there is no dev split, one is set aside from train.
 *
 * @throws what `readSpokenCorpus` does.
 */
export async function readSpeechCorpus(
  source: DataSource,
  { corpus: how, strings, format, seed }: Pick<SpeechSettings, "corpus" | "strings" | "format" | "seed">,
): Promise<SpeechCorpus> {
  const { spelling, holdOut, letterCase, alphabet, outside, missing } = how;
  const corpus = await readSpokenCorpus(source, {
    format,
    spelling,
    holdOut,
    letterCase,
    alphabet,
    outside,
    missing,
  });
  const settings = { corpus: how, strings };
  const { train, dev } = corpus.splits;
  if (train === undefined || dev !== undefined || train.length < 2) return { ...corpus, settings };
  const order = seeded(seed).fork("dev").shuffled(train);
  const share = Math.min(train.length - 1, Math.max(1, Math.round(how.devShare * train.length)));
  const aside = new Set<SpokenExample>(order.slice(0, share));
  const splits = {
    ...corpus.splits,
    train: train.filter((example) => !aside.has(example)),
    dev: train.filter((example) => aside.has(example)),
  };
  return { ...corpus, splits, settings };
}

/** Utterances of a split, or lessons, with what was left out. */
export interface ReadSplit<Content> {
  readonly content: Content;
  readonly warnings: readonly string[];
}

/**
 * Reads the training recordings.
 *
 * @throws {DataError} DATA_SPLIT_MISSING, and what {@link hear} and `planDigitStrings` throw.
 */
export async function readLessons(corpus: SpeechCorpus): Promise<ReadSplit<Lessons>> {
  const { strings, corpus: how } = corpus.settings;
  const { utterances, warnings } = await hear(requireSplit(corpus, "train"), how.damaged);
  const content = strings.perEpoch > 0 ? freshStrings(utterances, strings) : repeated(utterances);
  return { content, warnings };
}

/**
 * Reads the recordings of a split that is scored; strings are the same ones at each call.
 *
 * @throws {DataError} DATA_SPLIT_MISSING, and what {@link hear} and `planDigitStrings` throw.
 */
export async function readScored(
  corpus: SpeechCorpus,
  split: "train" | "dev" | "test",
): Promise<ReadSplit<Utterance[]>> {
  const { strings, corpus: how } = corpus.settings;
  const { utterances, warnings } = await hear(requireSplit(corpus, split), how.damaged);
  if (strings.perEpoch === 0 || utterances.some(({ text }) => /\s/.test(text)))
    return { content: utterances, warnings };
  const count = split === "test" ? strings.test : strings.dev;
  return { content: joinStrings(utterances, strings, { count, seed: strings.seed }), warnings };
}
