import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTaggedCorpus, requireSplit } from "@timestep/data";
import { startEngine } from "@timestep/engine";
import { slotSettings, SlotTagger } from "@timestep/slot-filling";
import { openDataSource } from "@timestep/training/node";
import { describe, expect, it } from "vitest";
import { type IdPair, trainTranslation, type TranslationRequest } from "./translation-model.js";
import { findTorch, TorchProcess } from "./torch-process.js";

const torch = findTorch();
if (torch === undefined) console.warn("tests of the PyTorch side are skipped: no PyTorch here");

describe.skipIf(torch === undefined)("the PyTorch side", () => {
  it("times a layer both ways, and CTC", async () => {
    const python = new TorchProcess(torch as NonNullable<typeof torch>, "torch_rnn.py", 1);
    const sizes = { T: 3, B: 2, I: 4, H: 5, bidirectional: true, seconds: 0.01 };
    for (const request of [
      { kind: "rnn", cell: "lstm", mode: "train", ...sizes },
      { kind: "rnn", cell: "gru", mode: "infer", ...sizes },
      { kind: "ctc", T: 8, B: 2, C: 5, L: 3, seconds: 0.01 },
    ]) {
      expect((await python.ask<{ milliseconds: number }>(request)).milliseconds).toBeGreaterThan(0);
    }
    await python.stop();
  });

  it("trains a translator with the parameters of ours, and both learn", async () => {
    const reversed = Array.from({ length: 40 }, (_, n): IdPair => [
      [4 + (n % 3), 4 + (n % 2)],
      [4 + (n % 2), 4 + (n % 3)],
    ]);
    const request: TranslationRequest = {
      batches: Array.from({ length: 40 }, () => reversed),
      begin: 2,
      end: 3,
      warmUp: 1,
      seconds: 30,
      model: {
        sourceVocabulary: 8,
        targetVocabulary: 7,
        embeddingSize: 6,
        encoderSize: 5,
        decoderSize: 9,
        outputSize: 8,
        dropout: 0,
      },
      training: { learningRate: 0.03, labelSmoothing: 0, clipNorm: 5 },
    };
    const python = new TorchProcess(torch as NonNullable<typeof torch>, "torch_translation.py", 1);
    const theirs = await python.ask<Awaited<ReturnType<typeof trainTranslation>>>(request);
    await python.stop();
    await startEngine({ engine: "cpu" });
    const ours = await trainTranslation(request);
    for (const side of [theirs, ours]) {
      expect(side.tokensPerSecond).toBeGreaterThan(0);
      expect(side.firstLoss).toBeGreaterThan(1.5); // near ln 7
      expect(side.lastLoss).toBeLessThan(side.firstLoss / 2);
    }
    // PyTorch's LSTMs have two biases for each gate, of which one would do.
    const { encoderSize, decoderSize } = request.model;
    expect(theirs.parameters - 2 * 4 * encoderSize - 4 * decoderSize).toBe(ours.parameters);
  });

  it("says so when the script ends without an answer", async () => {
    const python = new TorchProcess(torch as NonNullable<typeof torch>, "no_such_script.py", 1);
    await expect(python.ask({})).rejects.toThrow("no_such_script.py ended with exit code 2");
    await python.stop();
  });

  it("trains a slot tagger with the parameters of ours", async () => {
    const folder = mkdtempSync(join(tmpdir(), "timestep-bench-"));
    try {
      writeAtis(folder);
      const settings = slotSettings.parse({});
      const { model, training } = settings;
      const python = new TorchProcess(torch as NonNullable<typeof torch>, "torch_slots.py", 1);
      const request = { data: folder, steps: 30, warmUp: 1, seconds: 30, model, training };
      const said = await python.ask<
        Record<"examplesPerSecond" | "firstLoss" | "lastLoss" | "parameters", number>
      >({
        ...request,
        training: { ...training, batchSize: 2 },
      });
      await python.stop();
      expect(said.examplesPerSecond).toBeGreaterThan(0);
      expect(said.lastLoss).toBeLessThan(said.firstLoss / 2);

      await startEngine({ engine: "cpu" });
      const corpus = await readTaggedCorpus(await openDataSource(folder));
      const tagger = SlotTagger.untrained(requireSplit(corpus, "train"), settings);
      const ours = tagger.model
        .parameters()
        .filter(({ trainable }) => trainable)
        .reduce((total, { variable }) => total + variable.size, 0);
      tagger.dispose();
      // PyTorch's LSTMs have two biases for each gate, of which one would do.
      const { characters, encoder } = model;
      const secondBiases = 4 * characters.outputSize + 2 * 4 * encoder.hiddenSize;
      expect(said.parameters - secondBiases).toBe(ours);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A training split of sixty-two sentences in the files of ATIS. */
function writeAtis(folder: string): void {
  const words = ["fly from new york to boston", "what airlines fly to denver"];
  const tags = ["O O B-from I-from O B-to", "O O O O B-to"];
  const intents = ["flight", "airline"];
  mkdirSync(join(folder, "train"));
  for (const [name, lines] of Object.entries({ "seq.in": words, "seq.out": tags, label: intents })) {
    const text = Array.from({ length: 31 }, () => lines.join("\n")).join("\n");
    writeFileSync(join(folder, "train", name), `${text}\n`);
  }
}
