import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { expectClose, expectNoLeaks } from "@timestep/testing";
import { type Scalar, type Tensor, type Tensor3D, tile, variableGrads } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Memory } from "../attention/index.js";
import { drawn, scattered } from "../recurrent/cells.fixture.js";
import { mixedInputs } from "./free-running.js";
import { type SamplingSchedule, trueTokenShare } from "./scheduled-sampling.js";
import { teacherForced } from "./targets.js";
import { TokenDecoder } from "./token-decoder.js";

beforeAll(async () => {
  await startEngine({ engine: "cpu" });
});

const decoder = (): TokenDecoder =>
  scattered(
    new TokenDecoder({
      cell: "lstm",
      vocabularySize: 9,
      embedding: 3,
      hiddenSize: 4,
      memorySize: 5,
      score: "additive",
      inputFeeding: true,
      random: seeded(1),
    }),
    2,
    1,
  );
const withMemory = (): { memory: Memory } => ({
  memory: { values: drawn(3, [3, 4, 5]), lengths: [4, 2, 3] },
});
const targets = teacherForced([[3, 4, 5, 6, 7], [6, 8], [4, 4, 4]], { begin: 1, end: 2 }); // prettier-ignore

describe("trueTokenShare", () => {
  it("falls as the equations say", () => {
    const at = (schedule: SamplingSchedule, updates: number[]): number[] =>
      updates.map((i) => trueTokenShare(schedule, i));
    expect(at({ kind: "linear", slope: 0.01, floor: 0.25 }, [0, 30, 75, 90])).toEqual([1, 0.7, 0.25, 0.25]);
    expect(at({ kind: "linear", start: 0.9, slope: 0.1 }, [0, 4, 100])).toEqual([0.9, 0.5, 0]);
    expect(at({ kind: "exponential", k: 0.5 }, [0, 1, 3])).toEqual([1, 0.5, 0.125]);
    const inverse = { kind: "inverseSigmoid", k: 10 } as const;
    expect(trueTokenShare(inverse, 0)).toBeCloseTo(10 / 11, 12);
    expect(trueTokenShare(inverse, 10 * Math.log(10))).toBeCloseTo(0.5, 12);
    expect(trueTokenShare(inverse, 1e6)).toBe(0);
  });

  it.each<SamplingSchedule>([
    { kind: "linear", slope: -1 },
    { kind: "linear", slope: 0.1, start: 2 },
    { kind: "linear", slope: 0.1, start: 0.5, floor: 0.6 },
    { kind: "exponential", k: 1 },
    { kind: "inverseSigmoid", k: 0.5 },
  ])("refuses %j", (schedule) => {
    expect(() => trueTokenShare(schedule, 1)).toThrow(
      expect.objectContaining({ code: "SAMPLING_SCHEDULE" }) as Error,
    );
  });
});

/** What the decoder says at each place when it reads its own likeliest tokens, through its search. */
function greedy(model: TokenDecoder): number[][] {
  const search = model.search(withMemory());
  let [state, tokens] = [search.state, Int32Array.of(1, 1, 1)];
  const columns = [tokens];
  for (let t = 1; t < targets.time; t++) {
    const step = search.model.step(tokens, state);
    tokens = Int32Array.from(step.logits.arraySync(), (row) => row.indexOf(Math.max(...row)));
    columns.push(tokens);
    state = step.state;
  }
  return [0, 1, 2].map((row) => columns.map((column) => column[row] as number));
}

describe("mixedInputs", () => {
  it("reads nothing but true tokens, or nothing but its own", () => {
    const model = decoder();
    const mixed = (trueTokens: number): number[][] =>
      mixedInputs(model, targets, withMemory(), { trueTokens, random: seeded(1) }).arraySync();
    const { time, inputs } = targets;
    expect(mixed(1)).toEqual([0, 1, 2].map((row) => Array.from(inputs.slice(row * time, (row + 1) * time))));
    expect(mixed(0)).toEqual(greedy(model));
  });

  it("mixes by the share, and goes on from what it chose", () => {
    const model = decoder();
    const search = model.search(withMemory());
    const given = { trueTokens: 0.5, random: seeded(4) };
    const mixed = mixedInputs(model, targets, withMemory(), given).arraySync();
    let state = search.state;
    let own = 0;
    for (let t = 1; t < targets.time; t++) {
      const step = search.model.step(
        Int32Array.from(mixed, (row) => row[t - 1] as number),
        state,
      );
      step.logits.arraySync().forEach((row, b) => {
        const [truth, said, read] = [
          targets.inputs[b * targets.time + t],
          row.indexOf(Math.max(...row)),
          mixed[b]?.[t],
        ];
        expect([truth, said]).toContain(read);
        if (read !== truth) own++;
      });
      state = step.state;
    }
    expect(own).toBeGreaterThan(3);
    expect(own).toBeLessThan(13);
  });

  it("draws its tokens by their probabilities", () => {
    const model = decoder();
    const rows = 500;
    const values = tile(drawn<Tensor3D>(3, [1, 4, 5]), [rows, 1, 1]);
    const memory = { values, lengths: Array<number>(rows).fill(4) };
    const { model: steps, state } = model.search({ memory });
    const [logits] = steps.step(new Int32Array(rows).fill(1), state).logits.arraySync() as [number[]];
    const partition = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const short = teacherForced(Array<number[]>(rows).fill([3]), { begin: 1, end: 2 });
    const choice = { trueTokens: 0, choice: "drawn", random: seeded(6) } as const;
    const counts = new Array<number>(9).fill(0);
    for (const row of mixedInputs(model, short, { memory }, choice).arraySync())
      counts[row[1] as number] = (counts[row[1] as number] as number) + 1;
    counts.forEach((count, id) => {
      // Five standard deviations of a share among 500 draws are at most 0.11.
      expect(Math.abs(count / rows - Math.exp(logits[id] as number) / partition)).toBeLessThan(0.11);
    });
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(3);
  });
});

describe("TokenDecoder", () => {
  it("learns from mixed inputs with the gradients of the final pass alone", () => {
    const model = decoder();
    const options = { trueTokens: 0.5, random: seeded(4) };
    const inputs = mixedInputs(model, targets, withMemory(), {
      ...options,
      random: seeded(4).fork("inputs"),
    });
    const mixed = { ...targets, inputs: Int32Array.from(inputs.dataSync()) };
    expect(mixed.inputs).not.toEqual(targets.inputs);
    const gradients = (loss: () => Scalar): ReturnType<typeof variableGrads> =>
      variableGrads(loss, model.parameters().map(({ variable }) => variable)); // prettier-ignore
    const found = gradients(() => model.loss(targets, withMemory(), { ...options, random: seeded(4) }));
    const expected = gradients(() => model.loss(mixed, withMemory(), { random: seeded(4) }));
    expectClose(found.value, expected.value, 1e-6);
    for (const [name, gradient] of Object.entries(expected.grads))
      expectClose(found.grads[name] as Tensor, gradient, 1e-6);
  });

  it("tells the losses of a free run from those of a forced one", () => {
    const model = decoder();
    const forced = model.tokenLosses(targets, withMemory());
    const free = model.tokenLosses(targets, withMemory(), { freeRunning: true });
    const inputs = Int32Array.from(greedy(model).flat());
    expectClose(free, model.tokenLosses({ ...targets, inputs }, withMemory()), 1e-6);
    expect(free.arraySync()).not.toEqual(forced.arraySync());
    const first = (x: typeof free): number[] => x.arraySync().map((row) => row[0] as number);
    expect(first(free)).toEqual(first(forced));
  });

  it("needs something to draw with, and leaves nothing behind", async () => {
    const model = decoder();
    const given = withMemory();
    expect(() => model.loss(targets, given, { trueTokens: 0.5 })).toThrow(
      expect.objectContaining({ code: "DECODER_MIXING" }) as Error,
    );
    for (const choice of ["best", "drawn"] as const) {
      const options = { random: seeded(1), trueTokens: 0.3, choice };
      await expectNoLeaks(() => void model.loss(targets, given, options), { keeps: 1 });
    }
    await expectNoLeaks(() => void model.tokenLosses(targets, given, { freeRunning: true }), { keeps: 1 });
  });
});
