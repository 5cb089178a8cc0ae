import { DataError } from "@timestep/base";
import { LabelSet } from "@timestep/data";
import type { SpeechSettings } from "../settings.js";

/** The class of the network that says nothing. */
export const BLANK = 0;

/**
 * What a network can say, beside the blank: words, or characters with the blank between words among them. Ids start
 * at 1.
 */
export class SpeechLabels {
  constructor(
    readonly unit: SpeechSettings["labels"],
    private readonly labels: LabelSet,
  ) {}

  /**
   * The labels of some texts.
   *
   * @throws {DataError} LABEL_EMPTY when no text has any.
   */
  static collect(texts: Iterable<string>, unit: SpeechSettings["labels"]): SpeechLabels {
    const found = new Set<string>();
    for (const text of texts) for (const label of cut(text, unit)) found.add(label);
    return new SpeechLabels(unit, new LabelSet([...found].sort()));
  }

  /** Classes of the network, the blank included. */
  get classes(): number {
    return this.labels.size + 1;
  }

  /** How each class is written, the blank as nothing. */
  get alphabet(): readonly string[] {
    return ["", ...this.labels.labels];
  }

  /** The class that stands between words; undefined where each label is a word. */
  get separator(): number | undefined {
    const id = this.unit === "words" ? undefined : this.labels.find(" ");
    return id === undefined ? undefined : id + 1;
  }

  /** How class `id` is written; the blank as nothing. */
  label(id: number): string {
    return id === BLANK ? "" : this.labels.label(id - 1);
  }

  /** The first label of a text that is not known; undefined when all are. */
  unknown(text: string): string | undefined {
    return cut(text, this.unit).find((label) => !this.labels.has(label));
  }

  /**
   * Ids of a text.
   *
   * @throws {DataError} SPEECH_ALPHABET when the text has a label that training has not.
   */
  encode(text: string, name = "the text"): number[] {
    const strange = this.unknown(text);
    if (strange !== undefined) throw this.outside(text, strange, name);
    return cut(text, this.unit).map((label) => this.labels.id(label) + 1);
  }

  /** The text that ids stand for, one blank between words. */
  decode(ids: readonly number[]): string {
    const labels = ids.map((id) => this.label(id));
    return this.unit === "words" ? labels.join(" ") : tidy(labels.join(""));
  }

  toJSON(): unknown {
    return { unit: this.unit, ...this.labels.toJSON() };
  }

  /** @throws {DataError} LABEL_FORMAT when the value is not what {@link toJSON} writes. */
  static fromJSON(value: unknown, unit: SpeechSettings["labels"]): SpeechLabels {
    return new SpeechLabels(unit, LabelSet.fromJSON(value));
  }

  private outside(text: string, strange: string, name: string): DataError {
    const what = this.unit === "words" ? "word" : "character";
    const some = this.labels.labels.slice(0, 12).join(this.unit === "words" ? ", " : "");
    return new DataError(
      "SPEECH_ALPHABET",
      `${name}: ${JSON.stringify(text)} has the ${what} ${JSON.stringify(strange)}, which is none of the ${this.labels.size} that the model says (${some}${this.labels.size > 12 ? "…" : ""}).`,
      { hint: 'Correct the text, or leave such recordings out with corpus.outside "skip".' },
    );
  }
}

function cut(text: string, unit: SpeechSettings["labels"]): string[] {
  const written = tidy(text);
  if (written === "") return [];
  return unit === "words" ? written.split(" ") : [...written];
}

function tidy(text: string): string {
  return text.trim().replace(/\s+/gu, " ");
}
