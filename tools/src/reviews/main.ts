import { REVIEWS_SEED, writeReviews } from "./write.js";

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write(
    "usage: main.ts FOLDER   writes FOLDER/reviews, FOLDER/review-trees and FOLDER/manifest.json\n",
  );
  process.exitCode = 2;
} else {
  for (const { path, examples, bytes } of await writeReviews(folder, REVIEWS_SEED)) {
    process.stdout.write(`${path}: ${examples} reviews, ${bytes} bytes\n`);
  }
}
