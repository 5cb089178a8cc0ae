/** Words of reviews with how they judge, from -2 (very negative) to 2 (very positive). */
export type Rated = readonly (readonly [word: string, score: number])[];

export const ADJECTIVES: Rated = [
  ...rated(2, "brilliant wonderful superb excellent gorgeous delightful"),
  ...rated(1, "good funny clever charming fresh fine lovely warm"),
  ...rated(-1, "bad dull weak clumsy silly flat dreary bland"),
  ...rated(-2, "awful terrible dreadful horrible unbearable appalling"),
];

export const VERBS: Rated = [
  ...rated(2, "loved adored"),
  ...rated(1, "enjoyed liked admired"),
  ...rated(-1, "disliked regretted"),
  ...rated(-2, "hated despised"),
];

/** What one may lack or be full of. */
export const QUALITIES: Rated = [
  ...rated(1, "charm wit warmth energy beauty grace"),
  ...rated(-1, "nonsense clutter noise gloom boredom waste"),
];

export const SUBJECTS: readonly string[] = list(
  "film book meal hotel album game show play phone tour song story plot menu room sequel ending service",
);

export const STRONGER: readonly string[] = list("very really truly");
export const NEGATIONS: readonly string[] = list("not never hardly");

function rated(score: number, words: string): Rated {
  return list(words).map((word) => [word, score]);
}

function list(words: string): string[] {
  return words.split(" ");
}
