import { ConfigError } from "@timestep/base";
import type { PrefixBonus } from "../search/prefix-bonus.js";

/** A word, or several, that is to be expected more than the model expects it. */
export interface HotWord {
  /** Its labels; of several words with the separator between them. */
  readonly labels: readonly number[];
  /** Nats for each time it is said, above 0. */
  readonly boost: number;
}

/**
 * Hot words: each time one is said, its boost is added.
 *
 * While the last labels can still become one they are worth the share of its boost that has been said (of several, the
 * largest), so that it survives in the beam until it shows; that is taken back when something else follows. With a
 * separator only whole words count: "cat" is not heard in "category". Without one a hot word may stand anywhere. Longer
 * ones come before shorter ones that they begin with, earlier ones before later ones that they overlap.
 *
 * @throws {ConfigError} CTC_HOT_WORDS when one has no labels, stands there twice, begins or ends with the separator, or its
 *   boost is not a finite number above 0.
 *
 * @example
 * ```ts
 * const bonus = combinedBonus([languageModel, hotWordBonus([{ labels: [3, 1, 20], boost: 4 }], { separator: 27 })]);
 * ```
 */
export function hotWordBonus(
  words: readonly HotWord[],
  { separator }: { readonly separator?: number } = {},
): PrefixBonus {
  const root = treeOf(words, separator);
  const gain = largestGain(words);
  const at = (state: Match): PrefixBonus => ({
    score: state.heard + state.hope,
    gain,
    final: () => read(root, state.heard, state.pending, { separator, ended: true }).heard,
    after: (label) => at(read(root, state.heard, [...state.pending, label], { separator, ended: false })),
  });
  return at({ heard: 0, pending: [], hope: 0 });
}

/**
 * The most that one label can add. When a long hot word comes to nothing, all that was said inside it is heard at once;
 * beside those, one more can begin.
 */
function largestGain(words: readonly HotWord[]): number {
  const inside = words.map(
    ({ labels }) =>
      labels.filter((_, from) =>
        words.some(
          (other) => other.labels !== labels && other.labels.every((label, n) => labels[from + n] === label),
        ),
      ).length,
  );
  return Math.max(0, ...words.map(({ boost }) => boost)) * (1 + Math.max(0, ...inside));
}

/** What has been heard of hot words in a prefix. */
interface Match {
  /** Boosts of those that are complete. */
  readonly heard: number;
  /** The last labels, as many as may still matter: with a separator the whole of a word that is none of the hot ones. */
  readonly pending: readonly number[];
  /** What they are worth for now. */
  readonly hope: number;
}

/** A place within the hot words: all that begin with the same labels. */
interface Node {
  readonly next: Map<number, Node>;
  /** Of the hot word that is complete here, else 0. */
  boost: number;
  /** The largest share of a boost that has been said here. */
  hope: number;
}

interface Rules {
  readonly separator: number | undefined;
  /** Whether no label follows. */
  readonly ended: boolean;
}

/** Takes complete hot words off the front of `pending`, and what cannot become one. */
function read(root: Node, heard: number, pending: readonly number[], rules: Rules): Match {
  const { separator, ended } = rules;
  let total = heard;
  let rest = pending;
  while (rest.length > 0) {
    const { node, complete, boost } = walk(root, rest, rules);
    if (node !== undefined && !ended) {
      return { heard: total, pending: rest, hope: Math.max(node.hope, boost) };
    }
    total += boost;
    if (separator === undefined) {
      rest = rest.slice(Math.max(1, complete));
      continue;
    }
    const behind = rest.indexOf(separator, complete);
    if (behind < 0) return { heard: total, pending: rest, hope: 0 }; // the rest of a word that is no hot one
    rest = rest.slice(behind + 1);
  }
  return { heard: total, pending: [], hope: 0 };
}

interface Walk {
  /** Where all labels lead; undefined when they cannot become a hot word. */
  readonly node: Node | undefined;
  /** Labels of the longest hot word that they begin with, and its boost; 0 of none. */
  readonly complete: number;
  readonly boost: number;
}

function walk(root: Node, labels: readonly number[], { separator, ended }: Rules): Walk {
  let [node, complete, boost]: [Node | undefined, number, number] = [root, 0, 0];
  for (const [n, label] of labels.entries()) {
    node = node.next.get(label);
    if (node === undefined) break;
    const last = n === labels.length - 1;
    const whole = separator === undefined || (last ? ended : labels[n + 1] === separator);
    if (node.boost > 0 && whole) [complete, boost] = [n + 1, node.boost];
  }
  return { node, complete, boost };
}

function treeOf(words: readonly HotWord[], separator: number | undefined): Node {
  const make = (): Node => ({ next: new Map(), boost: 0, hope: 0 });
  const root = make();
  for (const [n, { labels, boost }] of words.entries()) {
    const refuse = (why: string): ConfigError =>
      new ConfigError("CTC_HOT_WORDS", `hot word ${n} (labels ${labels.join(" ")}) ${why}.`, {
        hint: "Give each once, with its labels, without separators around it, and with a boost above 0.",
      });
    if (labels.length === 0) throw refuse("has no labels");
    if (!(boost > 0 && Number.isFinite(boost))) throw refuse(`has the boost ${boost}`);
    if (separator !== undefined && (labels[0] === separator || labels.at(-1) === separator)) {
      throw refuse("begins or ends with the separator");
    }
    let node = root;
    for (const [place, label] of labels.entries()) {
      const next = node.next.get(label) ?? make();
      node.next.set(label, next);
      next.hope = Math.max(next.hope, (boost * (place + 1)) / labels.length);
      node = next;
    }
    if (node.boost > 0) throw refuse("stands there twice");
    node.boost = boost;
  }
  return root;
}
