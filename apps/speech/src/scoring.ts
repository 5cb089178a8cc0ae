import { type Baseline, type Table } from "@timestep/cli-kit";
import { type AudioClip } from "@timestep/data";
import { formatAlignment } from "@timestep/metrics";
import {
  type DecodingKind,
  type RecogniseOptions,
  scoreTexts,
  type SpeechRecogniser,
  type SpeechScores,
  streamClip,
  type Utterance,
} from "@timestep/speech";

/** A recogniser's scores on a split with those of the baselines, ready to print. */
export interface ScoredSplit {
  readonly scores: SpeechScores;
  readonly texts: readonly string[];
  readonly baselines: readonly Baseline[];
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
  /** Seconds of computing for each second of sound, decoding included. */
  readonly realTimeFactor: number;
  /** Seconds that a stream is behind the sound: the mean over the utterances; absent where nothing was streamed. */
  readonly latencySeconds?: number;
}

/** How a split is recognised. */
export interface ScoringOptions extends RecogniseOptions {
  readonly decoding: DecodingKind;
  /** Whether each utterance is heard piece by piece. Default no. */
  readonly stream?: boolean;
}

/** Scores one split. Other ways to read the same paths and trivial methods stand beside the recogniser. */
export async function scoreSplit(
  recogniser: SpeechRecogniser,
  utterances: readonly Utterance[],
  { stream = false, ...search }: ScoringOptions,
): Promise<ScoredSplit> {
  const clips = utterances.map((utterance) => utterance.clip());
  const seconds = clips.reduce((sum, { samples, sampleRateHz }) => sum + samples.length / sampleRateHz, 0);
  const references = utterances.map(({ text }) => text);
  const heard = utterances.map((utterance, place) => ({
    ...utterance,
    clip: () => clips[place] as (typeof clips)[number],
  }));
  const started = performance.now();
  const streamed = stream ? await streamAll(recogniser, clips) : undefined;
  const texts = streamed?.texts ?? (await recogniser.texts(heard, search));
  const realTimeFactor = (performance.now() - started) / 1000 / seconds;
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
    tables: [countsTable(scores), ...repeatTable(references, texts, otherScores, { decoding, other })],
    notes: [],
    realTimeFactor,
    ...(streamed === undefined ? {} : { latencySeconds: streamed.latencySeconds }),
  };
}

async function streamAll(
  recogniser: SpeechRecogniser,
  clips: readonly AudioClip[],
): Promise<{ texts: string[]; latencySeconds: number }> {
  const texts: string[] = [];
  let latency = 0;
  for (const clip of clips) {
    const { text, latencySeconds } = await streamClip(recogniser, clip);
    texts.push(text);
    latency += latencySeconds;
  }
  return { texts, latencySeconds: latency / Math.max(1, clips.length) };
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
