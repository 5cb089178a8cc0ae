import { formatTree, type Split } from "@timestep/data";
import { type ManifestEntry, type Sample, writeSamples } from "../samples/manifest.js";
import { generateReviews, type Review } from "./generate.js";

/** Seed of the files in data/reviews and data/review-trees. */
export const REVIEWS_SEED = 1;

const COMMAND = "node --conditions=@timestep/source --import tsx tools/src/reviews/main.ts data";

/** The files: texts with labels of all reviews, trees of those that have one. */
export function reviewSamples(seed: number): Sample[] {
  const madeBy = { command: COMMAND, seed };
  return Object.entries(generateReviews(seed)).flatMap(([split, reviews]: [string, Review[]]) => {
    const trees = reviews.flatMap(({ tree }) => (tree === undefined ? [] : [tree]));
    return [
      {
        path: `reviews/${split as Split}.tsv`,
        text: `label\ttext\n${reviews.map(({ label, text }) => `${label}\t${text}\n`).join("")}`,
        examples: reviews.length,
        madeBy,
      },
      {
        path: `review-trees/${split as Split}.txt`,
        text: trees.map((tree) => `${formatTree(tree)}\n`).join(""),
        examples: trees.length,
        madeBy,
      },
    ];
  });
}

/** Writes the files below `folder` and their entries into its manifest.json; entries of other files stay. */
export function writeReviews(folder: string, seed: number): Promise<ManifestEntry[]> {
  return writeSamples(folder, reviewSamples(seed));
}
