import type { SlotOutput } from "./model.js";
import { bioesToBio, tagSpans, type Token } from "@timestep/data";
import type { SlotVocabulary } from "./vocabulary.js";

/** A token with its tag. Offsets are those of JavaScript's `slice` into the text as given. */
export interface TaggedToken {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** BIO. */
  readonly tag: string;
  /** P(tag) at this token, summed over all ways to tag the rest. */
  readonly confidence: number;
}

/** A slot or entity found in a text. */
export interface FoundSlot {
  readonly type: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** The least confidence among its tokens. */
  readonly confidence: number;
}

/** What a tagger makes of a text. */
export interface TaggedText {
  readonly text: string;
  readonly tokens: readonly TaggedToken[];
  readonly slots: readonly FoundSlot[];
  /** Null where the model knows no intents. */
  readonly intent: { readonly label: string; readonly confidence: number } | null;
}

/** Puts labels and offsets to row `row` of what the model said. */
export function describeRow(
  text: string,
  tokens: readonly Token[],
  output: SlotOutput,
  row: number,
  vocabulary: SlotVocabulary,
): TaggedText {
  const ids = output.paths[row]?.tags ?? [];
  const tags = bioesToBio(vocabulary.tags.decode(ids));
  const tagged = tokens.map((token, step) => ({
    ...token,
    tag: tags[step] as string,
    confidence: output.marginals[row]?.[step]?.[ids[step] as number] as number,
  }));
  const slots = tagSpans(tags).map(({ type, start, end }) => {
    const from = (tokens[start] as Token).start;
    const to = (tokens[end - 1] as Token).end;
    const confidence = Math.min(...tagged.slice(start, end).map((token) => token.confidence));
    return { type, text: text.slice(from, to), start: from, end: to, confidence };
  });
  return { text, tokens: tagged, slots, intent: intentOf(output, row, vocabulary) };
}

/** The most probable intent of a row. */
export function intentOf(
  output: SlotOutput,
  row: number,
  { intents }: SlotVocabulary,
): { label: string; confidence: number } | null {
  const probabilities = output.intents?.[row];
  if (probabilities === undefined || intents === undefined) return null;
  const confidence = Math.max(...probabilities);
  return { label: intents.label(probabilities.indexOf(confidence)), confidence };
}
