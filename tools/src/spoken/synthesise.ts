import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AudioClip, readWav, resample, trimSilence } from "@timestep/data";
import { type PlannedClip } from "./plan.js";

const run = promisify(execFile);

const SAMPLE_RATE_HZ = 8000;
/** Peak of every clip: voices differ in loudness by more than people in a room do. */
const PEAK = 0.5;

/** What espeak-ng makes of a planned clip: 8 kHz, its silence cut to 20 ms at both ends, at one loudness. */
export async function synthesise({ text, speaker, speed, pitch, name }: PlannedClip): Promise<AudioClip> {
  const folder = await mkdtemp(join(tmpdir(), "spoken-"));
  try {
    const path = join(folder, `${name}.wav`);
    await run("espeak-ng", ["-v", speaker.voice, "-s", String(speed), "-p", String(pitch), "-w", path, text]);
    const { samples, sampleRateHz } = readWav(new Uint8Array(await readFile(path)), `${name}.wav`);
    const narrow = { samples: resample(samples, sampleRateHz, SAMPLE_RATE_HZ), sampleRateHz: SAMPLE_RATE_HZ };
    const { clip } = trimSilence(narrow, { marginSeconds: 0.02, rangeDecibels: 40 });
    const peak = clip.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return { samples: clip.samples.map((sample) => (sample * PEAK) / peak), sampleRateHz: SAMPLE_RATE_HZ };
  } finally {
    await rm(folder, { recursive: true });
  }
}
