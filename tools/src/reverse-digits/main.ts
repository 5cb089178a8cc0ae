import { REVERSE_SEED } from "./generate.js";
import { writeReverse } from "./write.js";

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write(
    "usage: main.ts FOLDER   writes FOLDER/reverse-digits/*.tsv and FOLDER/manifest.json\n",
  );
  process.exitCode = 2;
} else {
  for (const { path, examples, bytes } of await writeReverse(folder, REVERSE_SEED)) {
    process.stdout.write(`${path}: ${examples} strings, ${bytes} bytes\n`);
  }
}
