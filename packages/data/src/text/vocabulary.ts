import { ConfigError, DataError } from "@timestep/base";

/** Id of the padding symbol in every vocabulary. */
export const PAD = 0;
/** Id that stands for every token a vocabulary does not know. */
export const UNK = 1;

const PAD_SYMBOL = "<pad>";
const UNK_SYMBOL = "<unk>";

export interface VocabularyOptions {
  /** Tokens seen fewer times are left out. Default 1. */
  readonly minCount?: number;
  /** At most this many tokens, the most frequent ones; special symbols do not count. Default: no limit. */
  readonly maxSize?: number;
  /** Special symbols after `<pad>` and `<unk>`, such as `<s>` and `</s>`; they get ids 2, 3, … */
  readonly specials?: readonly string[];
}

/** A vocabulary as JSON: ids follow from the order, first the special symbols, then the tokens. */
export interface VocabularyJson {
  readonly kind: "vocabulary";
  readonly formatVersion: 1;
  readonly specials: readonly string[];
  readonly tokens: readonly string[];
}

/**
 * Tokens and their ids. Ids 0 and 1 are padding and unknown; special symbols follow, then tokens, the most frequent
 * first (ties in code unit order), so that the same text gives the same ids everywhere.
 *
 * Special symbols are not text: a token of a sentence that is spelled like one encodes as unknown, and building from
 * text that contains one is an error.
 */
export class Vocabulary {
  readonly specials: readonly string[];
  private readonly symbols: readonly string[];
  private readonly ids = new Map<string, number>();

  private constructor(specials: readonly string[], tokens: readonly string[]) {
    this.specials = specials;
    this.symbols = [...specials, ...tokens];
    for (const [index, token] of tokens.entries()) this.ids.set(token, specials.length + index);
  }

  /**
   * Builds a vocabulary from token counts.
   *
   * @throws {ConfigError} VOCAB_OPTION when `minCount` or `maxSize` is no whole number of at least 1, or a special symbol repeats.
   * @throws {DataError} VOCAB_COLLISION when the text holds a token spelled like a special symbol.
   */
  static fromCounts(counts: ReadonlyMap<string, number>, options: VocabularyOptions = {}): Vocabulary {
    const { minCount = 1, maxSize = Number.POSITIVE_INFINITY } = options;
    const specials = [PAD_SYMBOL, UNK_SYMBOL, ...(options.specials ?? [])];
    if (new Set(specials).size !== specials.length || specials.includes("")) {
      throw new ConfigError(
        "VOCAB_OPTION",
        `special symbols must differ and not be empty: ${specials.join(" ")}.`,
      );
    }
    for (const [name, value] of [
      ["minCount", minCount],
      ["maxSize", maxSize],
    ] as const) {
      if (!(value >= 1) || (Number.isFinite(value) && !Number.isInteger(value))) {
        throw new ConfigError("VOCAB_OPTION", `${name} must be a whole number of at least 1, got ${value}.`);
      }
    }
    for (const symbol of specials) {
      if (counts.has(symbol)) {
        throw new DataError(
          "VOCAB_COLLISION",
          `the text holds the token "${symbol}", which names a special symbol.`,
          {
            hint: "Rename that token in the data, for example to [unk], so that text and padding cannot be confused.",
          },
        );
      }
    }
    const kept = [...counts].filter(([, count]) => count >= minCount);
    kept.sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : a > b ? 1 : 0));
    return new Vocabulary(
      specials,
      kept.slice(0, maxSize).map(([token]) => token),
    );
  }

  /** Counts the tokens of sentences and builds from the counts. */
  static build(sequences: Iterable<readonly string[]>, options: VocabularyOptions = {}): Vocabulary {
    return Vocabulary.fromCounts(countTokens(sequences), options);
  }

  /** Number of ids, special symbols included. */
  get size(): number {
    return this.symbols.length;
  }

  /** Whether the token has an id of its own; never true for special symbols. */
  has(token: string): boolean {
    return this.ids.has(token);
  }

  /** The token's id, or {@link UNK}. */
  id(token: string): number {
    return this.ids.get(token) ?? UNK;
  }

  /**
   * Id of a special symbol.
   *
   * @throws {DataError} VOCAB_SPECIAL when there is none of that name.
   */
  specialId(symbol: string): number {
    const id = this.specials.indexOf(symbol);
    if (id >= 0) return id;
    throw new DataError(
      "VOCAB_SPECIAL",
      `there is no special symbol "${symbol}"; there are ${this.specials.join(" ")}.`,
      {
        hint: "Name it in the option `specials` when the vocabulary is built.",
      },
    );
  }

  /** @throws {DataError} VOCAB_ID when the id is none of 0 … size-1. */
  token(id: number): string {
    const symbol = this.symbols[id];
    if (symbol !== undefined) return symbol;
    throw new DataError("VOCAB_ID", `id ${id} is outside a vocabulary of ${this.size}.`, {
      hint: "The ids come from another vocabulary, or the model from another run.",
    });
  }

  encode(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.id(token));
  }

  /** The symbols of the ids, special ones included. @throws {DataError} VOCAB_ID */
  decode(ids: readonly number[]): string[] {
    return ids.map((id) => this.token(id));
  }

  /** Share of tokens, 0 to 1, that encode as unknown; 0 for no tokens. */
  unknownRate(sequences: Iterable<readonly string[]>): number {
    let unknown = 0;
    let total = 0;
    for (const tokens of sequences) {
      total += tokens.length;
      for (const token of tokens) if (!this.ids.has(token)) unknown++;
    }
    return total === 0 ? 0 : unknown / total;
  }

  toJSON(): VocabularyJson {
    const tokens = this.symbols.slice(this.specials.length);
    return { kind: "vocabulary", formatVersion: 1, specials: this.specials, tokens };
  }

  /**
   * Reads what {@link toJSON} wrote.
   *
   * @throws {DataError} VOCAB_FORMAT when the value is something else; VOCAB_DUPLICATE when a token repeats.
   */
  static fromJSON(value: unknown): Vocabulary {
    const json = value as Partial<Record<keyof VocabularyJson, unknown>> | null;
    if (typeof json !== "object" || json === null || json.kind !== "vocabulary") {
      throw formatError('it is no object of kind "vocabulary"');
    }
    if (json.formatVersion !== 1) {
      throw formatError(`its format version is ${JSON.stringify(json.formatVersion)}, this program reads 1`);
    }
    const specials = symbolList(json.specials, "specials");
    const tokens = symbolList(json.tokens, "tokens");
    if (specials[PAD] !== PAD_SYMBOL || specials[UNK] !== UNK_SYMBOL) {
      throw formatError(`its special symbols must start with ${PAD_SYMBOL} and ${UNK_SYMBOL}`);
    }
    const seen = new Set<string>();
    for (const symbol of [...specials, ...tokens]) {
      if (seen.has(symbol)) {
        throw new DataError("VOCAB_DUPLICATE", `the vocabulary lists "${symbol}" twice.`, {
          hint: "The file was changed by hand or damaged; take it from the run again.",
        });
      }
      seen.add(symbol);
    }
    return new Vocabulary(specials, tokens);
  }
}

/** How often each token occurs. */
export function countTokens(sequences: Iterable<readonly string[]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const tokens of sequences) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

function symbolList(value: unknown, key: string): string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw formatError(`"${key}" is no list of texts`);
  }
  return value as string[];
}

function formatError(what: string): DataError {
  return new DataError("VOCAB_FORMAT", `this is no vocabulary: ${what}.`, {
    hint: "Use the vocabulary file that was saved beside the model.",
  });
}
