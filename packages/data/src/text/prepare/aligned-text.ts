/**
 * A text in the making that remembers where each of its characters was in the text it began as. Replacing keeps track:
 * what a match is replaced by stands where the whole match stood.
 */
export class AlignedText {
  private constructor(
    readonly text: string,
    private readonly starts: readonly number[],
    private readonly ends: readonly number[],
  ) {}

  static of(text: string): AlignedText {
    const starts = Array.from({ length: text.length }, (_, index) => index);
    return new AlignedText(
      text,
      starts,
      starts.map((index) => index + 1),
    );
  }

  /** @param pattern With the flag g. */
  replace(pattern: RegExp, by: (match: string) => string): AlignedText {
    let text = "";
    const starts: number[] = [];
    const ends: number[] = [];
    let at = 0;
    let changed = false;
    const copyUpTo = (end: number): void => {
      text += this.text.slice(at, end);
      for (; at < end; at++) {
        starts.push(this.starts[at] as number);
        ends.push(this.ends[at] as number);
      }
    };
    for (const { 0: match, index } of this.text.matchAll(pattern)) {
      copyUpTo(index);
      const replacement = by(match);
      const { start, end } = this.origin(index, index + match.length);
      text += replacement;
      for (let i = 0; i < replacement.length; i++) {
        starts.push(start);
        ends.push(end);
      }
      at = index + match.length;
      changed = true;
    }
    if (!changed) return this;
    copyUpTo(this.text.length);
    return new AlignedText(text, starts, ends);
  }

  /** The part of the first text that `text.slice(start, end)` came from. */
  origin(start: number, end: number): { readonly start: number; readonly end: number } {
    const from = this.starts[start] ?? this.ends.at(-1) ?? 0;
    return { start: from, end: end > start ? (this.ends[end - 1] as number) : from };
  }
}
