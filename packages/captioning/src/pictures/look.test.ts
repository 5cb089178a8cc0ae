import { type DataFile, memoryFile } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { networkSource, tinyNetwork } from "../fixtures/tiny-network.js";
import { MobileNet } from "../mobilenet/mobilenet.js";
import { type Picture } from "../picture.js";
import { captioningSettings, type PartialCaptioningSettings } from "../settings.js";
import { lookAt } from "./look.js";

const settingsOf = (settings: PartialCaptioningSettings) => captioningSettings.parse(settings);
const refusal = (code: string): Error => expect.objectContaining({ code }) as Error;
const small = settingsOf({ picture: { encoder: "trained", width: 4, height: 2, fit: "squeeze" } });

/** A file of one colour. */
async function fileOf(name: string, red: number): Promise<DataFile> {
  const create = { width: 20, height: 16, channels: 3, background: { r: red, g: 0, b: 0 } } as const;
  return memoryFile(name, new Uint8Array(await sharp({ create }).png().toBuffer()));
}

let files: DataFile[];
let cache: string;
let network: MobileNet;

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
  const broken = [3, 17].map((place) => [place, memoryFile(`${place}.png`, "no picture")] as const);
  files = await Promise.all(Array.from({ length: 20 }, (_, n) => fileOf(`${n}.png`, 10 * n)));
  for (const [place, file] of broken) files[place] = file;
  cache = await mkdtemp(join(tmpdir(), "timestep-look-"));
  const { manifest, weights } = tinyNetwork();
  network = await MobileNet.load(networkSource(manifest, weights));
});
afterAll(async () => {
  network.dispose();
  await rm(cache, { recursive: true, force: true });
});

describe("lookAt", () => {
  it("reads pixels in the order of the list, and names what it leaves out", async () => {
    const seen = await lookAt(files, { settings: small, unreadable: "skip" });
    expect(seen.placeOf).toEqual([...Array(20).keys()].filter((place) => place !== 3 && place !== 17));
    expect(seen.skipped.map(({ name }) => name)).toEqual(["3.png", "17.png"]);
    expect([seen.pictures.count, seen.made]).toEqual([18, 18]);
    expect(seen.pictures.shape).toEqual([2, 4, 3]);
    const pixels = seen.pictures.gridsOf(seen.placeOf.map((_, row) => row));
    for (const [row, place] of seen.placeOf.entries())
      expect(Array.from(pixels.slice(row * 24, row * 24 + 3))).toEqual([(10 * place - 128) / 128, -1, -1]);
  });

  it("stops at the first picture that cannot be read", async () => {
    await expect(lookAt(files, { settings: small })).rejects.toThrow(/3\.png/);
    await expect(lookAt(files.slice(4), { settings: small })).rejects.toThrow(/17\.png/);
  });

  it("takes pictures that have their pixels already, if they are of one size", async () => {
    const picture = (name: string, width: number): Picture => {
      return { name, width, height: 1, pixels: new Uint8Array(3 * width) };
    };
    const sheet = { pictures: [picture("a", 2), picture("b", 2)] };
    expect((await lookAt(sheet.pictures, { settings: small })).pictures.shape).toEqual([1, 2, 3]);
    await expect(lookAt([picture("a", 2), picture("b", 3)], { settings: small })).rejects.toThrow(
      refusal("PICTURE_SIZES"),
    );
  });

  it("says when there is nothing to see, unless that may be", async () => {
    const broken = [files[3] as DataFile];
    for (const images of [[], broken])
      await expect(lookAt(images, { settings: small, unreadable: "skip" })).rejects.toThrow(
        refusal("PICTURES_NONE"),
      );
    const seen = await lookAt(broken, { settings: small, unreadable: "skip", mayBeNone: true });
    expect([seen.pictures.count, seen.pictures.gridsOf([]).length, seen.skipped.length]).toEqual([0, 0, 1]);
  });

  it("gives a network's features: the grid to those that look at places, its mean to others", async () => {
    const readable = files.slice(0, 3);
    const features = { network, cache };
    const grids = await lookAt(readable, { settings: settingsOf({}), features });
    expect(grids.pictures.shape).toEqual(network.gridShape);
    const means = await lookAt(readable, { settings: settingsOf({ model: { form: "merge" } }), features });
    const [height, width, channels] = network.gridShape;
    expect(means.pictures.shape).toEqual([1, 1, channels]);
    expect([grids.made, means.made]).toEqual([3, 0]);
    const compared = await lookAt(readable, { settings: settingsOf({}), features, meansOnly: true });
    expect(compared.pictures.gridsOf([0, 1, 2])).toEqual(means.pictures.gridsOf([0, 1, 2]));
    const [grid, mean] = [grids.pictures.gridsOf([2]), means.pictures.gridsOf([2])];
    for (let channel = 0; channel < channels; channel++) {
      let total = 0;
      for (let place = 0; place < height * width; place++)
        total += grid[place * channels + channel] as number;
      // Off by half a step of the bytes at most, but where a value is beyond 6.
      expect(mean[channel]).toBeCloseTo(total / (height * width), 1);
    }
    await expect(lookAt(files, { settings: settingsOf({}), features })).rejects.toThrow(/3\.png/);
    const rest = await lookAt(files, { settings: settingsOf({}), features, unreadable: "skip" });
    expect(rest.skipped.map(({ name }) => name)).toEqual(["3.png", "17.png"]);
  });

  it("needs the network whose features are read, and files", async () => {
    await expect(lookAt(files, { settings: settingsOf({}) })).rejects.toThrow(refusal("PICTURES_NETWORK"));
    const pixels: Picture = { name: "a", width: 1, height: 1, pixels: new Uint8Array(3) };
    await expect(
      lookAt([pixels], { settings: settingsOf({}), features: { network, cache } }),
    ).rejects.toThrow(refusal("PICTURES_NETWORK"));
  });
});
