import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DataSource, memoryFile } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { dispose, softmax } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { MobileNet } from "../mobilenet/mobilenet.js";
import { readPicture } from "./read-picture.js";

const corpora = process.env["TIMESTEP_DATA"];
const folder = join(corpora ?? "", "cnn-mobilenetv2");

interface Reference {
  readonly examples: readonly {
    readonly image: string;
    readonly top5: readonly { readonly index: number; readonly label: string; readonly prob: number }[];
    readonly featureSum: number;
    readonly featureFirst8: readonly number[];
  }[];
}

const source: DataSource = {
  name: "cnn-mobilenetv2",
  files: ["manifest.json", "weights.bin", "imagenet_labels.txt"].map((name) => ({
    name,
    bytes: () => readFile(join(folder, name)),
  })),
};

describe.skipIf(corpora === undefined)(
  "MobileNetV2 on photographs (set TIMESTEP_DATA to the folder that holds cnn-mobilenetv2)",
  () => {
    it.each(["auto", "wasm"] as const)("gives the reference's classes and features on %s", async (engine) => {
      await startEngine({ engine });
      const { examples } = JSON.parse(
        await readFile(join(folder, "reference_outputs.json"), "utf8"),
      ) as Reference;
      const network = await MobileNet.load(source);
      expect(network.gridShape).toEqual([7, 7, 1280]);
      const pictures = await Promise.all(
        examples.map(async ({ image }) =>
          readPicture(
            memoryFile(image, await readFile(join(folder, "reference-images", image))),
            network.inputSize,
          ),
        ),
      );
      const input = network.input(pictures);
      const { grid, pooled } = network.features(input);
      const probabilities = softmax(network.classify(input));
      const [scores, features] = [await probabilities.data<"float32">(), await pooled.data<"float32">()];
      examples.forEach(({ image, top5, featureSum, featureFirst8 }, at) => {
        const row = scores.slice(at * 1001, at * 1001 + 1001);
        const best = row.indexOf(Math.max(...row));
        expect(best, image).toBe(top5[0]?.index);
        expect(network.labels?.[best]).toBe(top5[0]?.label);
        // Decoders of JPEG differ by a few grey levels; the reference was decoded by another one.
        for (const { index, prob } of top5)
          expect(Math.abs((row[index] as number) - prob)).toBeLessThan(0.02);
        const vector = features.slice(at * 1280, at * 1280 + 1280);
        expect(Math.abs(vector.reduce((sum, x) => sum + x, 0) / featureSum - 1)).toBeLessThan(0.01);
        featureFirst8.forEach((x, i) => expect(Math.abs((vector[i] as number) - x)).toBeLessThan(0.05));
      });
      dispose([input, grid, pooled, probabilities]);
      network.dispose();
    });
  },
);
