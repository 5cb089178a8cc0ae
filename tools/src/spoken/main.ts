import { clipSeconds, writeWav } from "@timestep/data";
import { clipTable } from "../samples/clip-table.js";
import { type BinarySample, type Sample, writeSamples } from "../samples/manifest.js";
import { planClips } from "./plan.js";
import { synthesise } from "./synthesise.js";

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write(
    "usage: main.ts FOLDER   writes FOLDER/spoken and FOLDER/manifest.json; needs espeak-ng\n",
  );
  process.exitCode = 2;
} else {
  const command = "node --conditions=@timestep/source --import tsx tools/src/spoken/main.ts data";
  const madeBy = { command, seed: 1 };
  const samples: (Sample | BinarySample)[] = [];
  const rows = [];
  for (const planned of planClips()) {
    const clip = await synthesise(planned);
    const file = `wav/${planned.name}.wav`;
    samples.push({ path: `spoken/${file}`, bytes: writeWav(clip), examples: 1, madeBy });
    const { split, text, speaker } = planned;
    rows.push({ split, file, seconds: clipSeconds(clip), speaker: speaker.name, text });
  }
  samples.push({ path: "spoken/clips.tsv", text: clipTable(rows), examples: rows.length, madeBy });
  const entries = await writeSamples(folder, samples);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  process.stdout.write(`spoken: ${rows.length} clips, ${bytes} bytes\n`);
}
