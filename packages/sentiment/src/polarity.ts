/** Names of labels from the most negative to the most positive, 0 being neutral. */
const scale: Readonly<Record<string, number>> = {
  "very negative": -2,
  negative: -1,
  neg: -1,
  bad: -1,
  neutral: 0,
  mixed: 0,
  positive: 1,
  pos: 1,
  good: 1,
  "very positive": 2,
};

/**
 * Labels from the most negative to the most positive, where their names tell: words such as "negative", or numbers, of
 * which the higher is the more positive. Undefined where they do not, or where two stand in the same place.
 */
export function orderedLabels(labels: readonly string[]): string[] | undefined {
  const ranks = labels.map((label) => (/^-?\d+(\.\d+)?$/.test(label) ? Number(label) : undefined));
  const places = ranks.every((rank) => rank !== undefined)
    ? ranks
    : labels.map((label) =>
        Object.hasOwn(scale, label.toLowerCase()) ? scale[label.toLowerCase()] : undefined,
      );
  if (labels.length < 2 || places.includes(undefined) || new Set(places).size < labels.length)
    return undefined;
  const placeOf = new Map(labels.map((label, index) => [label, places[index] as number]));
  return [...labels].sort((a, b) => (placeOf.get(a) as number) - (placeOf.get(b) as number));
}

/**
 * Whether a label speaks well of its subject, given all labels in their order: true in the upper half, false in the
 * lower, undefined in the very middle.
 */
export function isPositive(label: string, ordered: readonly string[]): boolean | undefined {
  const from = ordered.indexOf(label) - (ordered.length - 1) / 2;
  return from === 0 ? undefined : from > 0;
}
