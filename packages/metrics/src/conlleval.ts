import { DataError } from "@timestep/base";
import { checkPaired, harmonicMean, percentage } from "./check.js";

/** Counts of chunks and what follows from them; precision, recall and F1 are percentages. */
export interface ChunkCounts {
  /** Chunks in the gold tags. */
  readonly gold: number;
  /** Chunks in the predicted tags. */
  readonly predicted: number;
  /** Predicted chunks with the type, start and end of a gold chunk. */
  readonly correct: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ChunkScores extends ChunkCounts {
  /** Share of tokens with exactly the gold tag, percent. */
  readonly tokenAccuracy: number;
  readonly tokens: number;
  readonly sentences: number;
  /** By chunk type, in code unit order. */
  readonly types: ReadonlyMap<string, ChunkCounts>;
  /** How the score was taken, to print beside it. */
  readonly signature: string;
}

/**
 * Chunk precision, recall and F1 as CoNLL's `conlleval` counts them (Perl script, version 2004-01-26).
 *
 * A tag is split at its first hyphen. A chunk starts at B, at an I after O, and wherever the type changes; a chunk of one
 * scheme is not checked for being well formed. The script's own reading of other schemes is kept: E closes a chunk
 * before another E or I, `[` and `]` are chunks of one token, and S is no letter it knows, so that two S of one type in a row
 * are one chunk. Rewrite BIOES as BIO before scoring.
 *
 * @param gold One list of tags a sentence.
 * @param predicted The same shape.
 * @throws {DataError} METRIC_EMPTY without sentences; METRIC_LENGTH when the numbers of sentences or of a sentence's tags differ.
 * @see Tjong Kim Sang & Buchholz 2000, "Introduction to the CoNLL-2000 shared task: chunking".
 *
 * @example
 * ```ts
 * conlleval([["B-city", "I-city", "O"]], [["B-city", "O", "O"]]).f1; // 0: one chunk each, different ends
 * ```
 */
export function conlleval(
  gold: readonly (readonly string[])[],
  predicted: readonly (readonly string[])[],
): ChunkScores {
  checkPaired(gold.length, predicted.length, "sentences");
  const counter = new ChunkCounter();
  for (const [index, goldTags] of gold.entries()) {
    const predictedTags = predicted[index] as readonly string[];
    if (goldTags.length !== predictedTags.length) {
      throw new DataError(
        "METRIC_LENGTH",
        `sentence ${index + 1} has ${goldTags.length} gold tags but ${predictedTags.length} predicted ones.`,
        { hint: "Every token needs one tag; predictions that were cut short must be filled with O." },
      );
    }
    for (const [token, tag] of goldTags.entries()) counter.token(tag, predictedTags[token] as string);
    counter.sentenceEnd();
  }
  return counter.scores(gold.length);
}

interface Tag {
  readonly letter: string;
  readonly type: string;
}

const OUTSIDE: Tag = { letter: "O", type: "" };

interface Tally {
  gold: number;
  predicted: number;
  correct: number;
}

/** Walks gold and predicted tags side by side, keeping open whether the present chunk has agreed so far. */
class ChunkCounter {
  private readonly parsed = new Map<string, Tag>();
  private readonly tallies = new Map<string, Tally>();
  private readonly total: Tally = { gold: 0, predicted: 0, correct: 0 };
  private tokens = 0;
  private correctTags = 0;
  private lastGold = OUTSIDE;
  private lastPredicted = OUTSIDE;
  private agreesSoFar = false;

  token(goldTag: string, predictedTag: string): void {
    const gold = this.parse(goldTag);
    const predicted = this.parse(predictedTag);
    this.step(gold, predicted);
    this.tokens++;
    if (gold.letter === predicted.letter && gold.type === predicted.type) this.correctTags++;
  }

  /** A sentence break counts as one O on both sides, so chunks never run across it. */
  sentenceEnd(): void {
    this.step(OUTSIDE, OUTSIDE);
  }

  private step(gold: Tag, predicted: Tag): void {
    if (this.agreesSoFar) {
      const goldEnds = endsChunk(this.lastGold, gold);
      const predictedEnds = endsChunk(this.lastPredicted, predicted);
      if (goldEnds && predictedEnds && this.lastPredicted.type === this.lastGold.type) {
        this.agreesSoFar = false;
        this.count(this.lastGold.type, "correct");
      } else if (goldEnds !== predictedEnds || predicted.type !== gold.type) {
        this.agreesSoFar = false;
      }
    }
    const goldStarts = startsChunk(this.lastGold, gold);
    const predictedStarts = startsChunk(this.lastPredicted, predicted);
    if (goldStarts && predictedStarts && predicted.type === gold.type) this.agreesSoFar = true;
    if (goldStarts) this.count(gold.type, "gold");
    if (predictedStarts) this.count(predicted.type, "predicted");
    this.lastGold = gold;
    this.lastPredicted = predicted;
  }

  private count(type: string, what: keyof Tally): void {
    let tally = this.tallies.get(type);
    if (tally === undefined) this.tallies.set(type, (tally = { gold: 0, predicted: 0, correct: 0 }));
    tally[what]++;
    this.total[what]++;
  }

  private parse(text: string): Tag {
    let tag = this.parsed.get(text);
    if (tag === undefined) {
      const hyphen = text.indexOf("-");
      tag =
        hyphen < 0
          ? { letter: text, type: "" }
          : { letter: text.slice(0, hyphen), type: text.slice(hyphen + 1) };
      this.parsed.set(text, tag);
    }
    return tag;
  }

  scores(sentences: number): ChunkScores {
    const names = [...this.tallies.keys()].sort();
    return {
      ...withRates(this.total),
      tokenAccuracy: percentage(this.correctTags, this.tokens),
      tokens: this.tokens,
      sentences,
      types: new Map(names.map((name) => [name, withRates(this.tallies.get(name) as Tally)])),
      signature: "chunks:conlleval types:all",
    };
  }
}

function withRates(tally: Tally): ChunkCounts {
  const precision = percentage(tally.correct, tally.predicted);
  const recall = percentage(tally.correct, tally.gold);
  return { ...tally, precision, recall, f1: harmonicMean(precision, recall) };
}

/** Pairs of letters, previous then present, between which a chunk of unchanged type ends. */
const ENDS = new Set(["BB", "BO", "IB", "IO", "EE", "EI", "EO"]);
/** Pairs between which a chunk of unchanged type starts. */
const STARTS = new Set(["BB", "IB", "OB", "OI", "EE", "EI", "OE"]);

function endsChunk(previous: Tag, present: Tag): boolean {
  if (isBracket(previous)) return true;
  if (ENDS.has(previous.letter + present.letter)) return true;
  return !isOutside(previous) && previous.type !== present.type;
}

function startsChunk(previous: Tag, present: Tag): boolean {
  if (isBracket(present)) return true;
  if (STARTS.has(previous.letter + present.letter)) return true;
  return !isOutside(present) && previous.type !== present.type;
}

function isBracket(tag: Tag): boolean {
  return tag.letter === "[" || tag.letter === "]";
}

/** The script takes a full stop in place of a tag for outside as well. */
function isOutside(tag: Tag): boolean {
  return tag.letter === "O" || tag.letter === ".";
}
