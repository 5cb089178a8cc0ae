import { type LabelledText, tokenise } from "@timestep/data";

/** A simple method that a network's score is compared with. */
export interface Baseline {
  /** Name for tables of scores. */
  readonly name: string;
  /** How it was made, to print beside its score. */
  readonly signature: string;
  /** The label of a text, from its words. */
  classify(tokens: readonly string[]): string;
}

/** The words of a text: as its file cuts them, else by the tokeniser. */
export function wordsOf(text: Pick<LabelledText, "text" | "tokens">): readonly string[] {
  return text.tokens ?? tokenise(text.text).map((token) => token.text);
}
