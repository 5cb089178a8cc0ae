import { type Random, seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { type Tensor3D, train } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { greedySearch } from "../decoding/index.js";
import { Embedding } from "../layers/index.js";
import { Module } from "../module.js";
import { createEncoder, type LayerState, type Stack } from "../recurrent/index.js";
import { tidied } from "../tidied.js";
import { InitialState } from "./initial-state.js";
import { teacherForced } from "./targets.js";
import { type DecoderSource, TokenDecoder, type TokenDecoderOptions } from "./token-decoder.js";

beforeAll(async () => {
  await startEngine();
});

const [begin, end, digits] = [1, 2, 10];
const vocabularySize = 3 + digits;

/** An encoder of both directions, a bridge and a decoder; all three share one table of vectors. */
class Reverser extends Module {
  readonly decoder: TokenDecoder;
  private readonly embedding: Embedding;
  private readonly encoder: Stack<LayerState>;
  private readonly start: InitialState;

  constructor(options: Partial<TokenDecoderOptions>, random: Random) {
    super();
    const [size, hiddenSize] = [24, 32];
    this.embedding = this.child("embedding", new Embedding({ vocabularySize, size, random }));
    this.encoder = this.child("encoder", createEncoder({ cell: "gru", inputSize: size, hiddenSize, random }));
    this.decoder = this.child(
      "decoder",
      new TokenDecoder({
        ...{ cell: "gru", vocabularySize, embedding: this.embedding, tied: true, outputSize: size },
        ...{ hiddenSize: 48, memorySize: this.encoder.outputSize, score: "additive", random },
        ...options,
      }),
    );
    const { decoder } = this.decoder;
    this.start = this.child(
      "start",
      new InitialState({ kind: "bridge", decoder, encoder: this.encoder, random }),
    );
  }

  read(sequences: readonly (readonly number[])[]): DecoderSource {
    const lengths = sequences.map(({ length }) => length);
    const time = Math.max(...lengths);
    const ids = new Int32Array(sequences.length * time);
    sequences.forEach((sequence, row) => {
      ids.set(sequence, row * time);
    });
    const embedded = this.embedding.lookup(ids, [sequences.length, time]) as Tensor3D;
    const { output, state } = this.encoder.run(embedded, { lengths });
    return { memory: { values: output, lengths }, initialState: this.start.of({ states: state }) };
  }
}

function examples(count: number, random: Random): { sources: number[][]; targets: number[][] } {
  const sources = Array.from({ length: count }, () =>
    Array.from({ length: 3 + random.integer(4) }, () => 3 + random.integer(digits)),
  );
  return { sources, targets: sources.map((source) => source.toReversed()) };
}

/**
 * Numbers of three to six digits, to be said from the last digit to the first: a decoder must look at another place with
 * each step. After 200 steps of Adam over batches of 64, at least 97 of 100 unseen numbers must come out whole. It takes
 * some seconds; the time is not held, for the machine may be busy.
 */
describe("reversing digits", () => {
  it.each<[string, Partial<TokenDecoderOptions>]>([
    ["looking after the cell, fed its output", { attend: "after", inputFeeding: true, labelSmoothing: 0.05 }],
    ["looking before the cell", { attend: "before" }],
  ])("is learnt by a decoder %s", async (_, options) => {
    const random = seeded(1);
    const model = new Reverser(options, random.fork("model"));
    const optimizer = train.adam(0.012);
    for (let step = 0; step < 200; step++) {
      const { sources, targets } = examples(64, random.fork(step));
      const batch = teacherForced(targets, { begin, end });
      const drawn = random.fork(`step ${step}`);
      optimizer.minimize(() => model.decoder.loss(batch, model.read(sources), { random: drawn }));
    }
    const { sources, targets } = examples(100, random.fork("unseen"));
    const source = tidied(() => model.read(sources));
    const { model: steps, state, dispose } = model.decoder.search(source);
    const found = await greedySearch(steps, state, { sentences: 100, begin, end, maximumLength: 8 });
    dispose();
    const right = found.filter(({ tokens }, row) => tokens.join() === targets[row]?.join()).length;
    expect(right).toBeGreaterThanOrEqual(97);
    optimizer.dispose();
    model.dispose();
  });
});
