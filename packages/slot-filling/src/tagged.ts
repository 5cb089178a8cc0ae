import { tagSpans, type Token } from "@timestep/data";
import type { SentenceTags } from "./tag-sentences.js";

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

/** Puts what the model said back into the text. */
export function placeTags(text: string, tokens: readonly Token[], said: SentenceTags): TaggedText {
  const tagged = tokens.map((token, step) => ({
    ...token,
    tag: said.tags[step] as string,
    confidence: said.confidences[step] as number,
  }));
  const slots = tagSpans(said.tags).map(({ type, start, end }) => {
    const from = (tokens[start] as Token).start;
    const to = (tokens[end - 1] as Token).end;
    const confidence = said.confidences.slice(start, end).reduce((least, value) => Math.min(least, value), 1);
    return { type, text: text.slice(from, to), start: from, end: to, confidence };
  });
  return { text, tokens: tagged, slots, intent: said.intent };
}

/** Tokens as they stand in a text in which blanks part them. */
export function placeTokens(tokens: readonly string[]): Token[] {
  let start = 0;
  return tokens.map((text) => {
    const end = start + text.length;
    const token = { text, start, end };
    start = end + 1;
    return token;
  });
}

/** For people: `leave [origin Taipei] on [date November 2nd]`. */
export function bracketed({ text, slots }: TaggedText): string {
  let shown = "";
  let from = 0;
  for (const slot of slots) {
    shown += `${text.slice(from, slot.start)}[${slot.type} ${slot.text}]`;
    from = slot.end;
  }
  return shown + text.slice(from);
}
