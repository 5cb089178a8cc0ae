import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readContrast } from "@timestep/sentiment";
import { writeSamples } from "../samples/manifest.js";

// The contrast set is written by hand; this checks it and brings its entry in the manifest up to date.
const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write(
    "usage: main.ts FOLDER   checks FOLDER/contrast/sentiment.tsv and enters it into FOLDER/manifest.json\n",
  );
  process.exitCode = 2;
} else {
  const path = "contrast/sentiment.tsv";
  const text = await readFile(join(folder, path), "utf8");
  const examples = 2 * readContrast(text, path).length;
  await writeSamples(folder, [{ path, text, examples, madeBy: { hand: true } }]);
  process.stdout.write(`${path}: ${examples} sentences\n`);
}
