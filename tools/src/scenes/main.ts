import { SCENES_SEED } from "./generate.js";
import { writeScenes } from "./write.js";

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write("usage: main.ts FOLDER   writes FOLDER/scenes and FOLDER/manifest.json\n");
  process.exitCode = 2;
} else {
  for (const { path, examples, bytes } of await writeScenes(folder, SCENES_SEED)) {
    process.stdout.write(`${path}: ${examples} scenes, ${bytes} bytes\n`);
  }
}
