import { type Baseline, type Table } from "@timestep/cli-kit";
import { formatAlignment } from "@timestep/metrics";
import {
  type DecodingKind,
  type RecogniseOptions,
  scoreTexts,
  type SpeechRecogniser,
  type SpeechScores,
  type Utterance,
} from "@timestep/speech";
import { hearInPieces } from "./streaming.js";

/** A recogniser's scores on a split with those of the baselines, ready to print. */
export interface ScoredSplit {
  readonly scores: SpeechScores;
  readonly texts: readonly string[];
  readonly baselines: readonly Baseline[];
  readonly tables: readonly Table[];
  /** `realTimeFactor`, seconds of computing for each second of sound with the search, and those of a stream. */
  readonly speed: Readonly<Record<string, number>>;
}

/** How a split is recognised. */
export interface ScoringOptions extends RecogniseOptions {
  readonly decoding: DecodingKind;
  /** Which recordings are heard piece by piece: for "some" to measure it, while whole clips are scored. Default none. */
  readonly stream?: "none" | "some" | "all";
}

/** Recordings that are heard in pieces where only the speed of that is asked for. */
const someClips = 100;

/** Scores one split. Other ways to read the same paths and trivial methods stand beside the recogniser. */
export async function scoreSplit(
  recogniser: SpeechRecogniser,
  utterances: readonly Utterance[],
  { stream = "none", ...search }: ScoringOptions,
): Promise<ScoredSplit> {
  const clips = utterances.map((utterance) => utterance.clip());
  const seconds = clips.reduce((sum, { samples, sampleRateHz }) => sum + samples.length / sampleRateHz, 0);
  const references = utterances.map(({ text }) => text);
  const heard = utterances.map((utterance, place) => ({
    ...utterance,
    clip: () => clips[place] as (typeof clips)[number],
  }));
  const started = performance.now();
  const whole = stream === "all" ? undefined : await recogniser.texts(heard, search);
  const realTimeFactor = (performance.now() - started) / 1000 / seconds;
  const pieces = clips.slice(0, stream === "some" ? someClips : Infinity);
  const streamed = stream === "none" ? undefined : await hearInPieces(recogniser, pieces, search);
  const texts = whole ?? streamed?.texts ?? [];
  const scores = scoreTexts(references, texts);
  const { decoding } = search;
  const other = decoding === "ctc" ? "trim" : "ctc";
  const otherScores = scoreTexts(references, await recogniser.texts(heard, { decoding: other }));
  const frequent = mostFrequent(references);
  const baselines = [
    {
      name: "empty text",
      metrics: scoreTexts(
        references,
        references.map(() => ""),
      ).metrics,
    },
    {
      name: `always "${frequent}"`,
      metrics: scoreTexts(
        references,
        references.map(() => frequent),
      ).metrics,
    },
    { name: `decode ${other}`, metrics: otherScores.metrics },
  ];
  return {
    scores,
    texts,
    baselines,
    tables: [
      countsTable(scores),
      ...repeatTable(references, texts, otherScores, { decoding, other }),
      ...(streamed === undefined ? [] : [streamed.table]),
    ],
    speed: { ...(whole === undefined ? {} : { realTimeFactor }), ...streamed?.metrics },
  };
}

/** Alignments of utterances with errors, as sclite prints them. */
export function alignmentLines(utterances: readonly Utterance[], { words }: SpeechScores): string[] {
  return words.alignments.flatMap((pairs, place) =>
    pairs.some(({ operation }) => operation !== "correct")
      ? [`${utterances[place]?.id ?? ""}\n${formatAlignment(pairs)}`]
      : [],
  );
}

function countsTable({ words }: SpeechScores): Table {
  const { symbols, correct, substitutions, deletions, insertions, sentences } = words;
  return {
    title: "words",
    columns: ["utterances", "words", "right", "substituted", "deleted", "inserted"],
    rows: [[sentences, symbols, correct, substitutions, deletions, insertions]],
  };
}

/** How both ways to read a path do where a word follows itself and where none does. */
function repeatTable(
  references: readonly string[],
  texts: readonly string[],
  others: SpeechScores,
  { decoding, other }: { readonly decoding: string; readonly other: string },
): Table[] {
  const repeats = references.map((text) => / (\S+) \1( |$)/.test(` ${text}`));
  if (!repeats.includes(true) || !repeats.includes(false)) return [];
  const own = scoreTexts(references, texts);
  const wer = ({ words }: SpeechScores, repeated: boolean): number => {
    let errors = 0;
    let symbols = 0;
    words.alignments.forEach((pairs, place) => {
      if (repeats[place] !== repeated) return;
      for (const { operation } of pairs) {
        if (operation !== "correct") errors++;
        if (operation !== "insertion") symbols++;
      }
    });
    return symbols === 0 ? 0 : (100 * errors) / symbols;
  };
  const count = repeats.filter(Boolean).length;
  return [
    {
      title: "word error rate, % by repeats",
      columns: ["texts", "utterances", `decode ${decoding}`, `decode ${other}`],
      rows: [
        ["a word follows itself", count, wer(own, true), wer(others, true)],
        ["none does", repeats.length - count, wer(own, false), wer(others, false)],
      ],
      decimals: 2,
    },
  ];
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0] ?? "";
}
