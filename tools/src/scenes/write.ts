import sharp from "sharp";
import { type BinarySample, type ManifestEntry, type Sample, writeSamples } from "../samples/manifest.js";
import { drawScene } from "./draw.js";
import { generateScenes, type Scene, SIDE } from "./generate.js";
import { captionsOf } from "./grammar.js";

const COMMAND = "node --conditions=@timestep/source --import tsx tools/src/scenes/main.ts data";

/** Scenes in a row of a sheet. */
const ACROSS = 20;

/** A sheet of scenes, row by row, as bytes of red, green and blue. */
export function sheetOf(scenes: readonly Scene[]): { pixels: Uint8Array; width: number; height: number } {
  const width = ACROSS * SIDE;
  const height = Math.ceil(scenes.length / ACROSS) * SIDE;
  const pixels = new Uint8Array(width * height * 3);
  scenes.forEach((scene, index) => {
    const drawn = drawScene(scene);
    const [left, top] = [(index % ACROSS) * SIDE, Math.floor(index / ACROSS) * SIDE];
    for (let y = 0; y < SIDE; y++) {
      pixels.set(drawn.subarray(y * SIDE * 3, (y + 1) * SIDE * 3), ((top + y) * width + left) * 3);
    }
  });
  return { pixels, width, height };
}

/** One JSON object a line: the captions of each scene of a sheet, in its order. */
export function captionLines(scenes: readonly Scene[]): string {
  return scenes.map(({ facts }) => `${JSON.stringify({ captions: captionsOf(facts) })}\n`).join("");
}

/** The files of data/scenes: for each split a sheet of pictures and their captions, and the size of a picture. */
export async function sceneSamples(seed: number): Promise<(Sample | BinarySample)[]> {
  const madeBy = { command: COMMAND, seed };
  const size = `${JSON.stringify({ width: SIDE, height: SIDE })}\n`;
  const samples: (Sample | BinarySample)[] = [
    { path: "scenes/sheets.json", text: size, examples: 0, madeBy },
  ];
  for (const [split, scenes] of Object.entries(generateScenes(seed))) {
    const { pixels, width, height } = sheetOf(scenes);
    const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png({ palette: true, colours: 64, dither: 0, compressionLevel: 9, effort: 10 })
      .toBuffer();
    const examples = scenes.length;
    samples.push({ path: `scenes/${split}.png`, bytes: new Uint8Array(png), examples, madeBy });
    samples.push({ path: `scenes/${split}.jsonl`, text: captionLines(scenes), examples, madeBy });
  }
  return samples;
}

/** Writes the files below `folder` and their entries into its manifest.json; entries of other files stay. */
export async function writeScenes(folder: string, seed: number): Promise<ManifestEntry[]> {
  return writeSamples(folder, await sceneSamples(seed));
}
