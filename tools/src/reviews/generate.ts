import { type Random, seeded } from "@timestep/base";
import { type LabelledTree, type Split, treeText } from "@timestep/data";
import { HAND_WRITTEN } from "./hand-written.js";
import { ADJECTIVES, NEGATIONS, QUALITIES, STRONGER, SUBJECTS, VERBS } from "./lexicon.js";

export interface Review {
  readonly text: string;
  readonly label: "negative" | "positive";
  /** The phrases with labels 0 to 4; sentences written by hand have none. */
  readonly tree?: LabelledTree;
}

/** How many sentences of each split the grammar makes; half of them are positive. */
export const GENERATED: Readonly<Record<Split, number>> = { train: 320, dev: 60, test: 60 };

/**
 * Short reviews with labels, the same for the same seed: those of the grammar with parse trees, and those written by hand.
 * No text occurs twice, within a split or across splits.
 */
export function generateReviews(seed: number): Record<Split, Review[]> {
  const seen = new Set<string>();
  const make = (split: Split): Review[] => {
    const random = seeded(seed).fork(split);
    const reviews: Review[] = HAND_WRITTEN[split].map(([label, text]) => ({ label, text }));
    for (let made = 0; made < GENERATED[split];) {
      const { score, tree } = sentence(random);
      const { text } = treeText(tree);
      const label = made % 2 === 0 ? "positive" : "negative"; // in turn, so that both are as many
      if (seen.has(text) || score > 0 !== (label === "positive")) continue;
      seen.add(text);
      reviews.push({ text, label, tree });
      made++;
    }
    return random.fork("order").shuffled(reviews);
  };
  return { train: make("train"), dev: make("dev"), test: make("test") };
}

/** A phrase and how it judges, -2 to 2. */
interface Phrase {
  readonly score: number;
  readonly tree: LabelledTree;
}

function sentence(random: Random): Phrase {
  const whole = statement(random);
  return capitalised(join(whole.score, whole, word(".")));
}

function statement(random: Random): Phrase {
  const draw = random.integer(10);
  if (draw >= 4) return clause(random);
  const first = clause(random);
  // "although" and "but" part what differs, "and" joins what agrees.
  const wanted = draw < 3 ? -Math.sign(first.score) : Math.sign(first.score);
  let second = clause(random);
  while (Math.sign(second.score) !== wanted) second = clause(random);
  if (draw === 0) {
    // "although A, B" means B
    return join(
      second.score,
      join(first.score, word("although"), first),
      join(second.score, word(","), second),
    );
  }
  if (draw < 3) {
    const tail = join(second.score, word("but"), second);
    return join(second.score, first, join(second.score, word(","), tail));
  }
  const stronger = Math.abs(first.score) > Math.abs(second.score) ? first.score : second.score;
  return join(stronger, first, join(second.score, word("and"), second));
}

function clause(random: Random): Phrase {
  const subject = join(0, word("the"), word(random.pick(SUBJECTS)));
  switch (random.integer(5)) {
    case 0: {
      const verb = rated(random.pick(VERBS));
      const did = join(verb.score, verb, subject);
      return join(did.score, word("I"), did);
    }
    case 1: {
      const quality = rated(random.pick(QUALITIES));
      // To lack what is good is bad, and to lack what is bad is good.
      const lacks = random.integer(2) === 0;
      const score = lacks ? -quality.score : 2 * quality.score;
      const rest = lacks
        ? join(score, word("lacks"), quality)
        : join(score, word("has"), join(score, phrase("so much"), quality));
      return join(score, subject, rest);
    }
    default: {
      const what = adjectives(random);
      return join(what.score, subject, join(what.score, word(random.integer(3) === 0 ? "was" : "is"), what));
    }
  }
}

/** good, very good, not good, not very good */
function adjectives(random: Random): Phrase {
  let what = rated(random.pick(ADJECTIVES));
  if (random.integer(3) === 0) {
    what = join(Math.sign(what.score) * 2, word(random.pick(STRONGER)), what);
  }
  // A denial turns the judgement and takes its force: "not awful" is mild praise.
  if (random.integer(3) === 0) what = join(-Math.sign(what.score), word(random.pick(NEGATIONS)), what);
  return what;
}

function rated([text, score]: readonly [string, number]): Phrase {
  return { score, tree: { label: labelOf(score), word: text } };
}

function word(text: string): Phrase {
  return rated([text, 0]);
}

/** Neutral words as one phrase. */
function phrase(text: string): Phrase {
  return text
    .split(" ")
    .map(word)
    .reduce((left, right) => join(0, left, right));
}

function join(score: number, left: Phrase, right: Phrase): Phrase {
  return { score, tree: { label: labelOf(score), children: [left.tree, right.tree] } };
}

/** Labels as the Stanford Sentiment Treebank numbers them. */
function labelOf(score: number): string {
  return String(score + 2);
}

function capitalised({ score, tree }: Phrase): Phrase {
  const first = (node: LabelledTree): LabelledTree => {
    if (node.word !== undefined)
      return { ...node, word: node.word.slice(0, 1).toUpperCase() + node.word.slice(1) };
    const [head, ...rest] = node.children as readonly [LabelledTree, ...LabelledTree[]];
    return { ...node, children: [first(head), ...rest] };
  };
  return { score, tree: first(tree) };
}
