import { closest, distance } from "fastest-levenshtein";

/** The known word that a mistyped one most likely meant, if any is near: two letters may differ (one in short
 * words), or a third of a long one. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const lower = word.toLowerCase();
  const found = closest(
    lower,
    known.map((name) => name.toLowerCase()),
  );
  const name = known.find((candidate) => candidate.toLowerCase() === found);
  const length = Math.max(word.length, found.length);
  const allowed = Math.max(length <= 3 ? 1 : 2, Math.floor(length / 3));
  return distance(lower, found) <= allowed ? name : undefined;
}

/** ` Did you mean "x"?`, or the list of what is known when nothing is near. */
export function didYouMean(word: string, known: readonly string[], label: string): string {
  const name = nearest(word, known);
  if (name !== undefined) return ` Did you mean "${name}"?`;
  return known.length === 0 ? "" : ` ${label}: ${known.join(", ")}.`;
}
