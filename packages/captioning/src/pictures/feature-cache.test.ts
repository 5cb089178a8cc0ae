import { DataError, seeded } from "@timestep/base";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DataFile, memoryFile } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pictureFeatures } from "../features/grid-features.js";
import { networkSource, tinyNetwork } from "../fixtures/tiny-network.js";
import { MobileNet } from "../mobilenet/mobilenet.js";
import { extractFeatures, extractMeans } from "./extract-features.js";
import { FeatureCache } from "./feature-cache.js";
import { decodeFeatures, encodeFeatures } from "./feature-file.js";
import { decodeMeans, encodeMeans } from "./means-file.js";
import { readPicture } from "./read-picture.js";

const random = seeded(9);
let network: MobileNet;
let files: DataFile[];
let cache: string;

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
  const { manifest, weights } = tinyNetwork();
  network = await MobileNet.load(networkSource(manifest, weights));
  files = [];
  for (const name of ["a", "b", "c", "d", "e"]) {
    const pixels = Uint8Array.from({ length: 20 * 20 * 3 }, () => random.integer(256));
    const raw = { width: 20, height: 20, channels: 3 } as const;
    files.push(memoryFile(`${name}.png`, new Uint8Array(await sharp(pixels, { raw }).png().toBuffer())));
  }
});
afterAll(() => {
  network.dispose();
});
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "timestep-features-"));
});
afterEach(async () => {
  await rm(cache, { recursive: true, force: true });
});

describe("a file of features", () => {
  const features = {
    shape: [2, 2, 3] as const,
    grid: Uint8Array.from({ length: 12 }, (_, i) => i * 20),
    step: 6 / 255,
    pooled: Float32Array.of(0.5, 1 / 3, 6),
  };

  it("gives back what was written, bit for bit", async () => {
    expect(await decodeFeatures("f", await encodeFeatures(features))).toEqual(features);
  });

  it("is refused wherever a byte is changed or the end is missing", async () => {
    const file = await encodeFeatures(features);
    for (let at = 0; at < file.length; at++) {
      if (at >= 20 && at < 32) continue; // spare bytes and the step: any number might be meant
      const changed = file.slice();
      changed[at] = (changed[at] as number) ^ 0x55;
      await expect(decodeFeatures("changed", changed), `byte ${at}`).rejects.toMatchObject({
        code: "FEATURES_DAMAGED",
        message: expect.stringContaining('"changed"') as string,
      });
      await expect(decodeFeatures("cut", file.subarray(0, at)), `cut at ${at}`).rejects.toThrow(
        "FEATURES_DAMAGED",
      );
    }
  });
});

describe("extractFeatures", () => {
  it("gives what the network gives, picture by picture", async () => {
    await expectNoLeaks(async () => {
      const { names, features, made, skipped } = await extractFeatures(files, network, {
        cache,
        batchSize: 2,
      });
      expect(names).toEqual(["a.png", "b.png", "c.png", "d.png", "e.png"]);
      expect([made, skipped.length, features.count]).toEqual([5, 0, 5]);
      for (const [row, file] of files.entries()) {
        const picture = await readPicture(file, network.inputSize);
        const [alone] = await pictureFeatures(network, [picture]);
        expect(features.meansOf([row])).toEqual(alone?.pooled);
        expect(features.gridsOf([row])).toEqual(
          Float32Array.from(alone?.grid ?? [], (byte) => byte * (6 / 255)),
        );
      }
    });
  });

  it("takes from the cache what it has, under any name", async () => {
    const first = await extractFeatures(files.slice(0, 3), network, { cache });
    const renamed = files.map(({ bytes }, i) => ({ name: `${i}.png`, bytes }));
    const progress: number[] = [];
    const second = await extractFeatures(renamed, network, {
      cache,
      batchSize: 2,
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    expect([first.made, second.made, second.repaired]).toEqual([3, 2, 0]);
    expect(progress).toEqual([0.4, 0.8, 1]);
    expect(second.features.gridsOf([0, 1, 2])).toEqual(first.features.gridsOf([0, 1, 2]));
    expect((await readdir(cache)).every((name) => /^[0-9a-f]{64}\.features$/.test(name))).toBe(true);
  });

  it("keeps features of another fit and of another network apart", async () => {
    await extractFeatures(files, network, { cache });
    expect((await extractFeatures(files, network, { cache, fit: "squeeze" })).made).toBe(5);
    const { manifest, weights } = tinyNetwork();
    const other = await MobileNet.load(networkSource(manifest, weights.toReversed()));
    expect((await extractFeatures(files, other, { cache })).made).toBe(5);
    other.dispose();
    expect(await readdir(cache)).toHaveLength(15);
    expect((await extractFeatures(files, network, { cache })).made).toBe(0);
  });

  it("makes damaged files again", async () => {
    const whole = await extractFeatures(files, network, { cache });
    const [first, second] = (await readdir(cache)) as [string, string];
    await writeFile(join(cache, first), (await readFile(join(cache, first))).subarray(0, 50));
    await writeFile(join(cache, second), "nothing");
    const again = await extractFeatures(files, network, { cache });
    expect([again.made, again.repaired]).toEqual([2, 2]);
    expect(again.features).toEqual(whole.features);
    expect((await extractFeatures(files, network, { cache })).made).toBe(0);
  });

  it("stops at a picture that cannot be read, or leaves it out and says so", async () => {
    const mixed = [files[0] as DataFile, memoryFile("notes.jpg", "no picture"), files[1] as DataFile];
    await expect(extractFeatures(mixed, network, { cache })).rejects.toThrow(/PICTURE_FORMAT: "notes\.jpg"/);
    const { names, features, skipped } = await extractFeatures(mixed, network, { cache, unreadable: "skip" });
    expect(names).toEqual(["a.png", "b.png"]);
    expect(skipped).toMatchObject([{ name: "notes.jpg", error: { code: "PICTURE_FORMAT" } }]);
    const alone = await extractFeatures(files.slice(0, 2), network, { cache });
    expect(features.gridsOf([0, 1])).toEqual(alone.features.gridsOf([0, 1]));
  });

  it("refuses batches of nothing and folders that cannot be", async () => {
    await expect(extractFeatures(files, network, { cache, batchSize: 0 })).rejects.toThrow("FEATURES_BATCH");
    await writeFile(join(cache, "file"), "");
    await expect(FeatureCache.open(join(cache, "file", "x"), network, "cover")).rejects.toThrow(
      "FEATURES_FOLDER",
    );
    expect(await extractFeatures([], network, { cache })).toMatchObject({ names: [], made: 0 });
  });
});

describe("a file of means", () => {
  const means = Float32Array.of(0.5, 1 / 3, 6, -0);

  it("gives back what was written, and is refused wherever it is changed, cut, or of another size", () => {
    const file = encodeMeans(means);
    expect(decodeMeans("m", file, 4)).toEqual(means);
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at] = (changed[at] as number) ^ 0x55;
      expect(() => decodeMeans("changed", changed, 4), `byte ${at}`).toThrow(/FEATURES_DAMAGED: "changed"/);
      expect(() => decodeMeans("cut", file.subarray(0, at), 4), `cut at ${at}`).toThrow("FEATURES_DAMAGED");
    }
    expect(() => decodeMeans("other", file, 3)).toThrow("FEATURES_DAMAGED");
  });
});

describe("extractMeans", () => {
  const rows = [4, 0, 2];

  it("gives the means that features have, and keeps them together where that is asked for", async () => {
    const { features } = await extractFeatures(files, network, { cache });
    const apart = await extractMeans(files, network, { cache });
    expect(apart.means.gridsOf(rows)).toEqual(features.meansOf(rows));
    expect(apart.means).toMatchObject({ count: 5, shape: [1, 1, network.gridShape[2]] });
    expect(() => apart.means.gridsOf([5])).toThrow("PICTURE_ROW");
    expect(await readdir(cache)).toHaveLength(5);
    const first = await extractMeans(files, network, { cache, keepTogether: true });
    // Only the file of means is left to read from; no picture is looked at again.
    for (const name of await readdir(cache)) if (name.endsWith(".features")) await rm(join(cache, name));
    const progress: number[] = [];
    const again = await extractMeans(files, network, {
      cache,
      keepTogether: true,
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    expect(again).toEqual(first);
    expect(again.means.meansOf(rows)).toEqual(features.meansOf(rows));
    expect([again.made, progress]).toEqual([0, [1]]);
    // Other pictures, or the same in another order, have means of their own.
    const others = await extractMeans(files.toReversed(), network, { cache, keepTogether: true });
    expect(others.means.meansOf([0, 4, 2])).toEqual(features.meansOf(rows));
    expect(others.made).toBe(5);
  });

  it("makes a damaged file again, and keeps none where a picture cannot be read", async () => {
    const options = { cache, keepTogether: true };
    const whole = await extractMeans(files, network, options);
    const [name = ""] = (await readdir(cache)).filter((file) => file.endsWith(".means"));
    await writeFile(join(cache, name), "nothing");
    const again = await extractMeans(files, network, options);
    expect([again.made, again.repaired]).toEqual([0, 1]);
    expect(again.means).toEqual(whole.means);
    expect((await extractMeans(files, network, options)).repaired).toBe(0);
    const gone: DataFile = { name: "gone.jpg", bytes: () => Promise.reject(new DataError("GONE", "gone.")) };
    const mixed = [files[0] as DataFile, gone, memoryFile("notes.jpg", "no picture"), files[1] as DataFile];
    await expect(extractMeans(mixed, network, options)).rejects.toThrow("GONE");
    const { means, names, placeOf, skipped } = await extractMeans(mixed, network, {
      ...options,
      unreadable: "skip",
    });
    expect([means.count, names, placeOf]).toEqual([2, ["a.png", "b.png"], [0, 3]]);
    expect(means.meansOf([0, 1])).toEqual(whole.means.meansOf([0, 1]));
    expect(skipped.map((picture) => picture.name)).toEqual(["gone.jpg", "notes.jpg"]);
    expect((await readdir(cache)).filter((file) => file.endsWith(".means"))).toEqual([name]);
  });
});
