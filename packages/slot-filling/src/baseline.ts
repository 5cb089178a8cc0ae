import type { TaggedExample } from "@timestep/data";

/** What the simplest method would say: each word's most frequent tag in training, and the most frequent intent. */
export interface MajorityBaseline {
  /** Word to its most frequent tag; words not listed are O. */
  readonly tags: Readonly<Record<string, string>>;
  readonly intent: string | null;
}

/** Counts training examples. */
export function majorityBaseline(examples: readonly TaggedExample[]): MajorityBaseline {
  const byWord = new Map<string, Map<string, number>>();
  const intents = new Map<string, number>();
  for (const { tokens, tags, intent } of examples) {
    tokens.forEach((token, step) => {
      const counts = byWord.get(token) ?? new Map<string, number>();
      byWord.set(token, counts);
      count(counts, tags[step] as string);
    });
    if (intent !== undefined) count(intents, intent);
  }
  const tags = [...byWord].map(([word, counts]) => [word, mostFrequent(counts) ?? "O"] as const);
  return {
    tags: Object.fromEntries(tags.filter(([, tag]) => tag !== "O")),
    intent: mostFrequent(intents) ?? null,
  };
}

/** Tags and intent of a sentence by the baseline. */
export function baselineFrame(
  tokens: readonly string[],
  { tags, intent }: MajorityBaseline,
): { tags: string[]; intent: string | undefined } {
  return {
    tags: tokens.map((token) => (Object.hasOwn(tags, token) ? (tags[token] as string) : "O")),
    intent: intent ?? undefined,
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Ties go to the key that was met first. */
function mostFrequent(counts: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  for (const [key, value] of counts) if (best === undefined || value > (counts.get(best) ?? 0)) best = key;
  return best;
}
