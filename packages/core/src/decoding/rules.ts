import { ConfigError } from "@timestep/base";
import type { Path } from "./hypothesis.js";
import {
  checkSourceLengths,
  checkToken,
  checkWhole,
  type DecodingOptions,
  type OpenHypothesis,
  type PerSentence,
} from "./options.js";

/** Which tokens may follow a hypothesis: only some, or all but some. The end is a token like others here. */
export type TokenConstraint = { readonly only: readonly number[] } | { readonly not: readonly number[] };

/** What the rules of a search leave open for the next token of one hypothesis. */
export interface Permission {
  readonly blocked: ReadonlySet<number>;
  /** When given, nothing else may follow; what is blocked as well stays blocked. */
  readonly only: ReadonlySet<number> | undefined;
}

/** How long the sequences of one sentence may be, their ends not counted. */
export interface LengthLimits {
  readonly minimum: number;
  readonly maximum: number;
}

/** The options of a search that say which token may come next, checked once. */
export class Rules {
  readonly limits: readonly LengthLimits[];
  private readonly never: ReadonlySet<number>;

  /** @throws {ConfigError} DECODING_OPTION or DECODING_TOKEN when an option is out of range. */
  constructor(
    private readonly options: DecodingOptions,
    private readonly vocabularySize: number,
  ) {
    const { sentences, begin, end, never = [], noRepeat = 0 } = options;
    checkWhole("sentences", sentences, 0);
    checkToken("begin", begin, vocabularySize);
    checkToken("end", end, vocabularySize);
    for (const token of never) checkToken("a token of never", token, vocabularySize);
    checkWhole("noRepeat", noRepeat, 0);
    checkSourceLengths(sentences, options.sourceLengths);
    this.never = new Set(never);
    if (this.never.has(end)) {
      throw new ConfigError("DECODING_OPTION", `the end, ${end}, is among the tokens that never come.`, {
        hint: "Leave it out of never: every sequence would run to its maximum length.",
      });
    }
    this.limits = Array.from({ length: sentences }, (_, sentence) => limitsOf(options, sentence));
  }

  /** What may follow `path`, a hypothesis of `sentence`. */
  next(sentence: number, path: Path): Permission {
    const { end, noRepeat = 0, noEndAfter, constrain } = this.options;
    const blocked = new Set(this.never);
    const tooShort = path.length < (this.limits[sentence] as LengthLimits).minimum;
    if (tooShort || (path.length > 0 && noEndAfter?.(path.token) === true)) blocked.add(end);
    if (noRepeat === 0 && constrain === undefined) return { blocked, only: undefined };
    const tokens = path.tokens();
    if (noRepeat > 0) for (const token of repeating(tokens, noRepeat)) blocked.add(token);
    const constraint = constrain?.({ sentence, tokens });
    if (constraint === undefined) return { blocked, only: undefined };
    const named = "only" in constraint ? constraint.only : constraint.not;
    for (const token of named) checkToken("a token of constrain", token, this.vocabularySize);
    if ("only" in constraint) return { blocked, only: new Set(named) };
    for (const token of named) blocked.add(token);
    return { blocked, only: undefined };
  }
}

/**
 * A constraint that makes every hypothesis of a sentence begin with the tokens that `prefix` gives for it, and leaves
 * open what follows them.
 *
 * @example
 * ```ts
 * await beamSearch(model, state, { ...options, constrain: followPrefix(() => [17, 4]) });
 * ```
 */
export function followPrefix(
  prefix: (sentence: number) => readonly number[],
): (hypothesis: OpenHypothesis) => TokenConstraint | undefined {
  return ({ sentence, tokens }) => {
    const next = prefix(sentence)[tokens.length];
    return next === undefined ? undefined : { only: [next] };
  };
}

/** The tokens that would complete a run of `size` tokens which occurs in `tokens` already. */
function* repeating(tokens: readonly number[], size: number): Generator<number> {
  const tail = tokens.length - (size - 1);
  for (let start = 0; start + size <= tokens.length; start++) {
    let n = 0;
    while (n < size - 1 && tokens[start + n] === tokens[tail + n]) n++;
    if (n === size - 1) yield tokens[start + n] as number;
  }
}

function limitsOf({ minimumLength = 0, maximumLength }: DecodingOptions, sentence: number): LengthLimits {
  const of = (value: PerSentence): number => (typeof value === "number" ? value : value(sentence));
  const limits = { minimum: of(minimumLength), maximum: of(maximumLength) };
  checkWhole("maximumLength", limits.maximum, 0);
  checkWhole("minimumLength", limits.minimum, 0);
  if (limits.minimum > limits.maximum) {
    throw new ConfigError(
      "DECODING_OPTION",
      `sentence ${sentence}: minimumLength ${limits.minimum} is above maximumLength ${limits.maximum}.`,
      { hint: "Lower the one or raise the other." },
    );
  }
  return limits;
}
