import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectGradients, expectNoLeaks } from "@timestep/testing";
import { slice, type Tensor, tensor2d, type Tensor2D, tidy } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Memory } from "../attention/index.js";
import { Embedding } from "../layers/index.js";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { teacherForced } from "./targets.js";
import { TokenDecoder, type TokenDecoderOptions } from "./token-decoder.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const [begin, end] = [1, 2];
const options = (): TokenDecoderOptions => ({
  cell: "lstm",
  vocabularySize: 7,
  embedding: 3,
  hiddenSize: 4,
  memorySize: 5,
  score: "additive",
  inputFeeding: true,
  random: seeded(1),
});
const memory = (): Memory => ({ values: drawn(3, [2, 4, 5]), lengths: [4, 2] });
const targets = teacherForced([[3, 4, 5], [6]], { begin, end });

describe("teacherForced", () => {
  it("shifts the tokens by one, ends them and pads", () => {
    expect(targets).toEqual({
      batch: 2,
      time: 4,
      inputs: Int32Array.of(1, 3, 4, 5, 1, 6, 0, 0),
      outputs: Int32Array.of(3, 4, 5, 2, 6, 2, 0, 0),
      lengths: [4, 2],
    });
  });

  it("gives an empty sequence its end, and refuses a batch of none", () => {
    expect(teacherForced([[]], { begin, end })).toMatchObject({ time: 1, lengths: [1] });
    expect(() => teacherForced([], { begin, end })).toThrow(
      expect.objectContaining({ code: "TARGETS_EMPTY" }) as Error,
    );
  });
});

describe("TokenDecoder", () => {
  it("gives each token its cross-entropy and the loss their mean", () => {
    const decoder = scattered(new TokenDecoder(options()));
    const losses = decoder.tokenLosses(targets, { memory: memory() });
    const { model, state, dispose } = decoder.search({ memory: memory() });
    let rows = state;
    let total = 0;
    for (let t = 0; t < targets.time; t++) {
      const tokens = Int32Array.of(targets.inputs[t] as number, targets.inputs[targets.time + t] as number);
      const step = model.step(tokens, rows);
      const logits = step.logits.arraySync();
      logits.forEach((row, b) => {
        const alive = t < (targets.lengths[b] as number);
        const target = row[targets.outputs[b * targets.time + t] as number] as number;
        const loss = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - target;
        expect(losses.arraySync()[b]?.[t]).toBeCloseTo(alive ? loss : 0, 5);
        if (alive) total += loss;
      });
      rows = step.state;
    }
    dispose();
    expect(decoder.loss(targets, { memory: memory() }).dataSync()[0]).toBeCloseTo(total / 6, 5);
  });

  it("smooths labels while it learns, and only then", () => {
    const sharp = scattered(new TokenDecoder(options()));
    const smooth = scattered(new TokenDecoder({ ...options(), labelSmoothing: 0.3 }));
    const source = { memory: memory() };
    expectClose(smooth.loss(targets, source), sharp.loss(targets, source), 1e-6);
    const learning = smooth.loss(targets, source, { random: seeded(1) }).dataSync()[0] as number;
    // (1-ε)·sharp + ε·the mean over all symbols of -log p, by hand from the logits of every step.
    const { model, state } = smooth.search(source);
    let [rows, expected] = [state, 0];
    for (let t = 0; t < targets.time; t++) {
      const tokens = Int32Array.of(targets.inputs[t] as number, targets.inputs[targets.time + t] as number);
      const step = model.step(tokens, rows);
      step.logits.arraySync().forEach((row, b) => {
        if (t >= (targets.lengths[b] as number)) return;
        const partition = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
        const target = partition - (row[targets.outputs[b * targets.time + t] as number] as number);
        const even = row.reduce((sum, logit) => sum + partition - logit, 0) / row.length;
        expected += (0.7 * target + 0.3 * even) / 6;
      });
      rows = step.state;
    }
    expect(learning).toBeCloseTo(expected, 5);
  });

  it("reads nothing beyond a row's end, and matches numeric gradients", async () => {
    const decoder = scattered(new TokenDecoder({ ...options(), labelSmoothing: 0.1 }), 2, 0.4);
    const other = { ...targets, inputs: targets.inputs.map((id, place) => (place >= 6 ? 5 : id)) };
    const source = { memory: memory() };
    expectClose(decoder.loss(other, source), decoder.loss(targets, source), 0);
    const variables = decoder.parameters().map(({ variable }) => variable);
    const f = (): Tensor => decoder.loss(targets, source, { random: seeded(1) });
    await expectGradients(f, variables, { sample: 16 }).within(3e-3);
  });

  it("drops out what goes in and what comes out while it learns", () => {
    const source = { memory: memory() };
    const plain = scattered(new TokenDecoder(options()))
      .loss(targets, source, { random: seeded(1) })
      .dataSync()[0];
    for (const dropout of [{ embeddingDropout: 0.5 }, { outputDropout: 0.5 }]) {
      const decoder = scattered(new TokenDecoder({ ...options(), ...dropout }));
      expect(decoder.loss(targets, source).dataSync()[0]).toBeCloseTo(plain as number, 6);
      expect(decoder.loss(targets, source, { random: seeded(1) }).dataSync()[0]).not.toBeCloseTo(
        plain as number,
        4,
      );
    }
  });

  it("shares tables without counting them twice", () => {
    const own = new TokenDecoder({ ...options(), outputSize: 3 });
    const tied = new TokenDecoder({ ...options(), outputSize: 3, tied: true });
    expect(own.parameterCount() - tied.parameterCount()).toBe(7 * 3);
    const embedding = new Embedding({ vocabularySize: 7, size: 3, random: seeded(2) });
    const shared = new TokenDecoder({ ...options(), outputSize: 3, tied: true, embedding });
    expect(tied.parameterCount() - shared.parameterCount()).toBe(7 * 3);
    expect(shared.outputTable).toBe(embedding.table);
    expect(shared.parameters().map(({ path }) => path)).not.toContain("embedding.table");
    shared.dispose();
    expect(embedding.table.isDisposed).toBe(false);
  });

  it("selects rows of a search with their sources", () => {
    const decoder = scattered(new TokenDecoder(options()));
    const { model, state } = decoder.search({ memory: memory() });
    const first = model.step(Int32Array.of(1, 1), state);
    expect(first.attention?.shape).toEqual([2, 4]);
    const rows = model.select(first.state, Int32Array.of(1, 0, 1));
    expect(rows.memoryOf).toEqual(Int32Array.of(1, 0, 1));
    const { logits } = model.step(Int32Array.of(4, 3, 4), rows);
    const both = model.step(Int32Array.of(3, 4), first.state).logits;
    const row = (x: Tensor2D, index: number): Tensor => slice(x, [index, 0], [1, -1]);
    [1, 0, 1].forEach((source, index) => {
      expectClose(row(logits, index), row(both, source), 1e-6);
    });
  });

  it("starts a search from a state, without a memory", () => {
    const decoder = new TokenDecoder({
      ...options(),
      score: "none",
      memorySize: 0,
      inputFeeding: false,
      cell: "gru",
    });
    const h = tensor2d([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]); // prettier-ignore
    const { model, state } = decoder.search({ initialState: { layers: [{ h }] } });
    const { logits, attention } = model.step(Int32Array.of(1, 1, 1), state);
    expect(logits.shape).toEqual([3, 7]);
    expect(attention).toBeUndefined();
    model.dispose(state);
    expect(h.isDisposed).toBe(false);
  });

  it("refuses tables that do not fit", () => {
    const refused = expect.objectContaining({ code: "DECODER_TIED" }) as Error;
    expect(() => new TokenDecoder({ ...options(), tied: true })).toThrow(refused);
    const embedding = new Embedding({ vocabularySize: 6, size: 3, random: seeded(2) });
    expect(() => new TokenDecoder({ ...options(), embedding })).toThrow(refused);
  });

  it("leaves nothing behind", async () => {
    const decoder = new TokenDecoder(options());
    const source = { memory: memory() };
    await expectNoLeaks(() => void decoder.loss(targets, source, { random: seeded(1) }), { keeps: 1 });
    await expectNoLeaks(() => {
      const { model, state, dispose } = decoder.search(source);
      const step = model.step(Int32Array.of(1, 1), state);
      model.dispose(state);
      const picked = model.select(step.state, Int32Array.of(0, 0, 1));
      model.dispose(step.state);
      model.dispose(picked);
      step.logits.dispose();
      step.attention?.dispose();
      dispose();
    });
    await expectNoLeaks(() => {
      tidy(() => void new TokenDecoder(options()).dispose());
    });
  });
});
