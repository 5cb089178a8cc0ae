import { ConfigError } from "@timestep/base";
import { type NgramModel, type NgramState, sentenceEnd } from "../../language-model/ngram-model.js";
import { textIn } from "../alignment/words.js";
import type { PrefixBonus } from "../search/prefix-bonus.js";

export interface LanguageModelWeights {
  /** α, at least 0: what ln p of the language model is multiplied by. Default 1. */
  readonly weight?: number;
  /** β: nats for each word, or label, against the language model's love of short texts. Default 0. */
  readonly insertion?: number;
  /** Whether ln p(`</s>`) counts when the text ends. Default true. */
  readonly scoreEnd?: boolean;
}

export interface LabelModelOptions extends LanguageModelWeights {
  readonly model: NgramModel;
  /** What the model calls each class, [C]; the blank's is not read. */
  readonly tokens: readonly string[];
}

export interface WordModelOptions extends LanguageModelWeights {
  readonly model: NgramModel;
  /** The text of each class, [C]; the blank's is not read. */
  readonly alphabet: readonly string[];
  /** The class that stands between words. */
  readonly separator: number;
  /** Nats for each word that the model does not know, beside the probability of `<unk>`. Default 0. */
  readonly unknown?: number;
}

/**
 * A language model whose tokens are the labels: words where labels are words, characters where they are characters.
 *
 *   bonus(ℓ) = α·ln p(ℓ) + β·|ℓ|
 *
 * @throws {ConfigError} CTC_LANGUAGE_MODEL when a weight is out of range. {DataError} CTC_ALPHABET, while searching, when a
 *   label has no token.
 *
 * @example
 * ```ts
 * const bonus = labelModelBonus({ model, tokens: ["", ...characterTokens(" abc")], weight: 0.5, insertion: 1 });
 * const [best] = prefixBeamSearch(emissions, { bonus });
 * ```
 */
export function labelModelBonus({ model, tokens, ...weights }: LabelModelOptions): PrefixBonus {
  const { alpha, beta, scoreEnd } = checked(weights);
  const token = textIn(tokens);
  const at = (score: number, state: NgramState): PrefixBonus => ({
    score,
    gain: Math.max(0, beta),
    final: () => score + (scoreEnd ? alpha * model.step(state, sentenceEnd).logProbability : 0),
    after: (label) => {
      const next = model.step(state, token(label));
      return at(score + alpha * next.logProbability + beta, next.state);
    },
  });
  return at(0, model.begin());
}

/**
 * A language model over words for labels that are characters: a word is scored once it has ended.
 *
 *   bonus(ℓ) = α·ln p(words of ℓ that have ended) + β·(how many) + unknown·(how many of them the model does not know)
 *
 * Separators in a row make no empty words. At the end of the text the last word counts as ended.
 *
 * @throws {ConfigError} CTC_LANGUAGE_MODEL when a weight is out of range. {DataError} CTC_ALPHABET, while searching, when a
 *   label has no text.
 * @see Hannun et al. 2014, arXiv:1408.2873, equation 2, with the bonus per word in nats.
 */
export function wordModelBonus({
  model,
  alphabet,
  separator,
  unknown = 0,
  ...weights
}: WordModelOptions): PrefixBonus {
  const { alpha, beta, scoreEnd } = checked(weights);
  check("unknown", unknown, Number.isFinite(unknown));
  const text = textIn(alphabet);
  const gain = Math.max(0, beta, beta + unknown);
  const at = (score: number, state: NgramState, word: string): PrefixBonus => {
    const ended = (): { readonly score: number; readonly state: NgramState } => {
      if (word === "") return { score, state };
      const next = model.step(state, word);
      const own = alpha * next.logProbability + beta + (model.knows(word) ? 0 : unknown);
      return { score: score + own, state: next.state };
    };
    return {
      score,
      gain,
      final: () => {
        const last = ended();
        return last.score + (scoreEnd ? alpha * model.step(last.state, sentenceEnd).logProbability : 0);
      },
      after: (label) => {
        if (label !== separator) return at(score, state, word + text(label));
        const next = ended();
        return at(next.score, next.state, "");
      },
    };
  };
  return at(0, model.begin(), "");
}

function checked({ weight = 1, insertion = 0, scoreEnd = true }: LanguageModelWeights): {
  readonly alpha: number;
  readonly beta: number;
  readonly scoreEnd: boolean;
} {
  check("weight", weight, Number.isFinite(weight) && weight >= 0);
  check("insertion", insertion, Number.isFinite(insertion));
  return { alpha: weight, beta: insertion, scoreEnd };
}

function check(name: string, value: number, holds: boolean): void {
  if (holds) return;
  throw new ConfigError("CTC_LANGUAGE_MODEL", `${name} is out of range: ${value}.`, {
    hint: "weight is a finite number of at least 0; insertion and unknown are finite numbers.",
  });
}
