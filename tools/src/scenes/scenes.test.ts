import { readFile } from "node:fs/promises";
import { type DataSource, sha256 } from "@timestep/data";
import { readSheets } from "@timestep/captioning/pictures";
import { describe, expect, it } from "vitest";
import { readManifest } from "../samples/manifest.js";
import { drawScene } from "./draw.js";
import { generateScenes, HELD_OUT, SCENES, SCENES_SEED, type SceneSplit, SIDE } from "./generate.js";
import { captionsOf, COLOURS, PLACES, RELATIONS, SHAPES, SIZES } from "./grammar.js";
import { captionLines } from "./write.js";

const SPLITS = ["train", "dev", "test"] as const;
const data = (path: string): URL => new URL(`../../../data/${path}`, import.meta.url);
const names = ["sheets.json", ...SPLITS.flatMap((split) => [`${split}.png`, `${split}.jsonl`])];
const source: DataSource = {
  name: "scenes",
  files: names.map((name) => ({ name, bytes: () => readFile(data(`scenes/${name}`)) })),
};
const generated = generateScenes(SCENES_SEED);
const read = await readSheets(source);

/** Captions of one object, or of each of the two of a scene: its colours and shapes as pairs. */
function pairsIn(caption: string): string[] {
  const words = caption.split(" ");
  return words.flatMap((word, i) => (word in COLOURS ? [`${word} ${words[i + 1] as string}`] : []));
}

function firstCaptions(split: SceneSplit): string[] {
  return (read.get(split) ?? []).map(({ captions }) => captions[0] as string);
}

describe("data/scenes", () => {
  it.each(SPLITS)(
    "%s is what the generator makes: captions byte for byte, pictures pixel for pixel",
    async (split) => {
      expect(await readFile(data(`scenes/${split}.jsonl`), "utf8")).toBe(captionLines(generated[split]));
      const pictures = read.get(split) ?? [];
      expect(pictures).toHaveLength(SCENES[split]);
      const different = pictures.filter(({ picture }, i) => {
        const drawn = drawScene(generated[split][i] as (typeof generated)["train"][0]);
        return Buffer.compare(picture.pixels, drawn) !== 0;
      });
      expect(different).toEqual([]);
    },
  );

  it("is described by the manifest, and small", async () => {
    const { files } = await readManifest(data("manifest.json").pathname);
    const entries = files.filter(({ path }) => path.startsWith("scenes/"));
    expect(entries.map(({ path }) => path).sort()).toEqual(names.map((name) => `scenes/${name}`).sort());
    for (const { path, bytes, sha256: sum } of entries) {
      const content = await readFile(data(path));
      expect([content.length, await sha256(content)], path).toEqual([bytes, sum]);
    }
    expect(entries.reduce((total, { bytes }) => total + bytes, 0)).toBeLessThan(1_500_000);
  });

  it("keeps combinations for dev and test that training never shows", () => {
    const seen = new Set(firstCaptions("train").flatMap(pairsIn));
    expect([...HELD_OUT.dev, ...HELD_OUT.test].filter((pair) => seen.has(pair))).toEqual([]);
    expect(seen.size).toBe(Object.keys(COLOURS).length * SHAPES.length - 8);
    for (const split of ["dev", "test"] as const) {
      const other = split === "dev" ? HELD_OUT.test : HELD_OUT.dev;
      const own: readonly string[] = HELD_OUT[split];
      for (const caption of firstCaptions(split)) {
        const pairs = pairsIn(caption);
        expect(
          pairs.some((pair) => own.includes(pair)),
          caption,
        ).toBe(true);
        expect(
          pairs.some((pair) => (other as readonly string[]).includes(pair)),
          caption,
        ).toBe(false);
      }
    }
    const captions = new Set((read.get("train") ?? []).flatMap((scene) => scene.captions));
    for (const {
      captions: [first],
    } of read.get("test") ?? [])
      expect(captions.has(first as string)).toBe(false);
  });

  it.each(SPLITS)("%s shows every colour, shape, size, place and relation", (split) => {
    const text = ` ${firstCaptions(split).join(" ")} `;
    const all = [
      ...Object.keys(COLOURS),
      ...SHAPES,
      ...Object.keys(SIZES),
      ...PLACES,
      ...Object.keys(RELATIONS),
    ];
    expect(all.filter((words) => !text.includes(` ${words} `))).toEqual([]);
  });
});

describe("captions", () => {
  const [big, little] = [
    { size: "large", colour: "red", shape: "circle" },
    { size: "small", colour: "blue", shape: "star" },
  ] as const;

  it("say the same of two objects from both sides", () => {
    expect(captionsOf({ first: big, relation: "above", second: little })).toEqual([
      "a large red circle above a small blue star",
      "a small blue star below a large red circle",
      "there is a large red circle above a small blue star",
      "there is a small blue star below a large red circle",
    ]);
    const left = captionsOf({ first: little, relation: "to the left of", second: big });
    expect(left[1]).toBe("a large red circle to the right of a small blue star");
  });

  it("are true: where the objects are drawn agrees with what is said", () => {
    for (const { facts, objects } of Object.values(generated).flat()) {
      const [a, b] = objects as [(typeof objects)[0], (typeof objects)[0] | undefined];
      if ("place" in facts || b === undefined) continue;
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const seen =
        Math.abs(dx) > Math.abs(dy)
          ? dx > 0
            ? "to the left of"
            : "to the right of"
          : dy > 0
            ? "above"
            : "below";
      expect(facts.relation).toBe(seen);
      expect(Math.max(Math.abs(dx), Math.abs(dy))).toBeGreaterThan(2 * SIZES.large + 1); // they never touch
    }
  });
});

describe("drawing", () => {
  it.each(SHAPES.flatMap((shape) => (["small", "large"] as const).map((size) => [size, shape] as const)))(
    "a %s %s is whole, in the middle of its place, and its own",
    (size, shape) => {
      const facts = { object: { size, colour: "red", shape }, place: "in the middle" } as const;
      const pixels = drawScene({
        facts,
        objects: [{ ...facts.object, shade: 0, x: 32, y: 30 }],
        background: [190, 190, 190],
      });
      const inside = Array.from({ length: SIDE * SIDE }, (_, at) => pixels[at * 3 + 1] === COLOURS.red[1]);
      const xs = inside.flatMap((is, at) => (is ? [at % SIDE] : []));
      const ys = inside.flatMap((is, at) => (is ? [Math.floor(at / SIDE)] : []));
      expect(Math.min(...xs) + Math.max(...xs)).toBe(64); // the same on both sides
      for (const y of [Math.min(...ys), Math.max(...ys)])
        expect(Math.abs(y - 30)).toBeLessThanOrEqual(SIZES[size]);
      const area = xs.length / (2 * SIZES[size] + 1) ** 2;
      const expected = { circle: 0.785, square: 0.81, triangle: 0.5, diamond: 0.36, cross: 0.55, star: 0.28 }[
        shape
      ];
      expect(Math.abs(area - expected)).toBeLessThan(0.1);
    },
  );
});
