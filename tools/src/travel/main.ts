import { TRAVEL_SEED, writeTravel } from "./write.js";

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write("usage: main.ts FOLDER   writes FOLDER/travel/*.jsonl and FOLDER/manifest.json\n");
  process.exitCode = 2;
} else {
  for (const { path, examples, bytes } of await writeTravel(folder, TRAVEL_SEED)) {
    process.stdout.write(`${path}: ${examples} requests, ${bytes} bytes\n`);
  }
}
