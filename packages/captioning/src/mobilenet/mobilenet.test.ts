import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectNoLeaks } from "@timestep/testing";
import { dispose, type Tensor, tensor4d } from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { runByLoops } from "../fixtures/network-by-loops.js";
import { networkSource, type TinyManifest, tinyNetwork } from "../fixtures/tiny-network.js";
import { type Picture } from "../picture.js";
import { MobileNet } from "./mobilenet.js";

const { manifest, weights } = tinyNetwork();
const random = seeded(7);
const pictures: Picture[] = ["a", "b", "c"].map((name) => ({
  name,
  width: 8,
  height: 10,
  pixels: Uint8Array.from({ length: 240 }, () => random.integer(256)),
}));

let open: MobileNet | undefined;
afterEach(() => {
  open?.dispose();
  open = undefined;
});

async function network(layers: object = manifest, bytes = weights): Promise<MobileNet> {
  open = await MobileNet.load(networkSource(layers, bytes));
  return open;
}

/** The manifest with one layer changed. */
function bent(at: number, change: object): object {
  return {
    ...manifest,
    layers: manifest.layers.map((layer, i) => (i === at ? { ...layer, ...change } : layer)),
  };
}

describe.each(["cpu", "wasm", "native"] as const)("on %s", (engine) => {
  it("is the network that loops over the bytes of its weights give", async ({ skip }) => {
    const started = await startEngine({ engine, threads: 1 }).catch(() => undefined);
    skip(
      started === undefined && engine === "native",
      "native is missing where there was no compiler at install",
    );
    const net = await network();
    const input = net.input(pictures);
    const { grid, pooled } = net.features(input);
    const logits = net.classify(input);
    const expected = pictures.map(({ pixels }) =>
      runByLoops(
        manifest,
        weights,
        Array.from(pixels, (pixel) => (pixel - 128) / 128),
      ),
    );
    expect([grid.shape, pooled.shape, logits.shape]).toEqual([
      [3, 3, 2, 7],
      [3, 7],
      [3, 5],
    ]);
    for (const [id, made] of [
      [6, grid],
      [7, pooled],
      [8, logits],
    ] as const) {
      const all = expected.flatMap((tensors) => [...(tensors.get(id)?.values ?? [])]);
      const values = await made.data();
      expect(values.length).toBe(all.length);
      all.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 4));
      expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(0.5); // a network that is not dead
    }
    dispose([input, grid, pooled, logits]);
  });
});

describe("MobileNet", () => {
  it("knows its sizes, and its fingerprint follows its numbers", async () => {
    await startEngine({ engine: "cpu" });
    const net = await network();
    expect(net.inputSize).toEqual({ height: 10, width: 8 });
    expect(net.gridShape).toEqual([3, 2, 7]);
    expect(net.classes).toBe(5);
    expect(net.labels).toBeUndefined();
    const first = net.fingerprint;
    net.dispose();
    expect((await network()).fingerprint).toBe(first);
    open?.dispose();
    const changed = weights.slice();
    changed[3] = (changed[3] as number) ^ 1;
    expect((await network(manifest, changed)).fingerprint).not.toBe(first);
  });

  it("gives a picture the same features alone and in a batch, and leaves no tensors", async () => {
    await startEngine({ engine: "cpu" });
    await expectNoLeaks(async () => {
      const net = await network();
      const input = net.input(pictures);
      const together = net.features(input);
      const all = await together.pooled.data();
      for (const [at, picture] of pictures.entries()) {
        const single = net.input([picture]);
        const { grid, pooled } = net.features(single);
        expect([...(await pooled.data())]).toEqual([...all.slice(at * 7, at * 7 + 7)]);
        dispose([single, grid, pooled]);
      }
      dispose([input, together.grid, together.pooled]);
      net.dispose();
      open = undefined;
    });
  });

  it.each([1, 2, 5])("gives the same when %i of three pictures go together", async (picturesAtOnce) => {
    await startEngine({ engine: "cpu" });
    const results: unknown[] = [];
    for (const options of [{ picturesAtOnce }, {}]) {
      await expectNoLeaks(async () => {
        const net = await MobileNet.load(networkSource(manifest, weights), options);
        const input = net.input(pictures);
        const made = [...Object.values(net.features(input) as object), net.classify(input)] as Tensor[];
        results.push(made.map((tensor) => [tensor.shape, tensor.dataSync()]));
        dispose([input, ...made]);
        net.dispose();
      });
    }
    expect(results[1]).toEqual(results[0]);
  });

  it.each([0, 1.5, NaN])("refuses %d pictures at once", async (picturesAtOnce) => {
    await expect(MobileNet.load(networkSource(manifest, weights), { picturesAtOnce })).rejects.toThrow(
      "NETWORK_PICTURES_AT_ONCE",
    );
  });

  it("refuses pictures and tensors of other sizes", async () => {
    const net = await network();
    const wide = { name: "wide.png", width: 9, height: 10, pixels: new Uint8Array(270) };
    expect(() => net.input([wide])).toThrow(/NETWORK_PICTURE_SIZE: .*8×10 pixels, "wide.png" has 9×10/);
    const turned = tensor4d(new Float32Array(240), [1, 8, 10, 3]);
    expect(() => net.features(turned)).toThrow("NETWORK_INPUT");
    turned.dispose();
  });

  it("reads labels, as many as there are classes", async () => {
    const source = networkSource(manifest, weights);
    const labelled = (text: string) => ({
      ...source,
      files: [
        ...source.files,
        { name: "imagenet_labels.txt", bytes: () => Promise.resolve(new TextEncoder().encode(text)) },
      ],
    });
    open = await MobileNet.load(labelled("a\nb\nc\nd\ne\n"));
    expect(open.labels).toEqual(["a", "b", "c", "d", "e"]);
    await expect(MobileNet.load(labelled("a\nb\n"))).rejects.toThrow("names 2 classes, the network has 5");
  });

  it("checks the length of the weights and the presence of files", async () => {
    await expect(network(manifest, weights.subarray(1))).rejects.toThrow("NETWORK_WEIGHTS");
    await expect(MobileNet.load({ name: "empty", files: [] })).rejects.toThrow(
      /NETWORK_FILES: .*manifest\.json/,
    );
  });

  const [first, , third] = manifest.layers as [TinyManifest["layers"][0], unknown, TinyManifest["layers"][0]];
  const weight = "weight" in first ? first.weight : undefined;
  const bias = "bias" in first ? first.bias : undefined;
  it.each<[string, object, string]>([
    ["a layer that reads what is not made yet", bent(0, { input: [5] }), "reads tensor 5"],
    ["a tensor made twice", bent(1, { output: 1 }), "exists already"],
    [
      "a filter for other channels",
      bent(2, { ...third, weight: { ...weight, shape: [6, 1, 1, 5] } }),
      "for 6 channels",
    ],
    ["a shape that does not follow", bent(0, { outputShape: [5, 5, 6] }), "gives [5, 4, 6]"],
    ["a bias of another length", bent(0, { bias: { ...bias, shape: [7] } }), "has a bias [7]"],
    ["weights past the end", bent(0, { weight: { ...weight, offset: 1_000_000 } }), "weights up to byte"],
    ["a negative offset", bent(0, { weight: { ...weight, offset: -1 } }), "layers.0.weight.offset"],
    ["an unknown layer", bent(3, { op: "mul" }), "layers.3.op"],
    ["a sum of two shapes", bent(3, { input: [3, 0] }), "adds tensors of two shapes"],
    ["another number of classes", { ...manifest, classes: 6 }, "softmax over 6 classes"],
    ["no pooling", { ...manifest, layers: manifest.layers.slice(0, 6) }, "no pooling"],
    ["no layers", { ...manifest, layers: [] }, "layers"],
  ])("refuses %s", async (_, layers, part) => {
    await expect(network(layers)).rejects.toMatchObject({
      code: "NETWORK_MANIFEST",
      message: expect.stringContaining(part) as string,
    });
  });

  it("refuses a manifest that is no JSON", async () => {
    const files = networkSource(manifest, weights).files.map((file) =>
      file.name === "manifest.json" ? { ...file, bytes: () => Promise.resolve(new Uint8Array([123])) } : file,
    );
    await expect(MobileNet.load({ name: "broken", files })).rejects.toThrow('"broken/manifest.json"');
  });
});
