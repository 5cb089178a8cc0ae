import { describe, expect, it } from "vitest";
import { parseGolden } from "./golden.js";

/** An array of the shape, counting up. */
function numbers(...shape: number[]): { shape: number[]; data: number[] } {
  const size = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Array.from({ length: size }, (_, n) => n / 8) };
}

function lstm(): Record<string, unknown> {
  const weights = Object.fromEntries(
    [0, 1].flatMap((layer) =>
      [`l${layer}`, `l${layer}_reverse`].flatMap((suffix) => [
        [`weight_ih_${suffix}`, numbers(12, layer === 0 ? 5 : 6)],
        [`weight_hh_${suffix}`, numbers(12, 3)],
        [`bias_ih_${suffix}`, numbers(12)],
        [`bias_hh_${suffix}`, numbers(12)],
      ]),
    ),
  );
  const inputs = { x: numbers(2, 4, 5), h0: numbers(4, 2, 3), c0: numbers(4, 2, 3) };
  return {
    ...{ kind: "LSTM", nonlinearity: null, batch: 2, time: 4, input: 5, hidden: 3, layers: 2 },
    ...{ bidirectional: true, lengths: [4, 2], loss: -1.5, inputs, weights },
    probe: { y: numbers(2, 4, 6), hn: numbers(4, 2, 3) },
    outputs: { y: numbers(2, 4, 6), hn: numbers(4, 2, 3), cn: numbers(4, 2, 3) },
    gradients: { ...inputs, ...weights },
  };
}

function rnn(): Record<string, unknown> {
  const weights = { weight_ih_l0: numbers(3, 5), weight_hh_l0: numbers(3, 3) };
  return {
    ...{ kind: "RNN", nonlinearity: "relu", batch: 2, time: 4, input: 5, hidden: 3, layers: 1 },
    ...{ bidirectional: false, lengths: null, loss: 2, inputs: { x: numbers(2, 4, 5) }, weights },
    ...{ probe: { y: numbers(2, 4, 3) }, outputs: { y: numbers(2, 4, 3) } },
    gradients: { x: numbers(2, 4, 5), ...weights },
  };
}

function ctc(): Record<string, unknown> {
  return {
    ...{ blank: 0, zero_infinity: true, logits: numbers(2, 4, 3), targets: [[1, 2], [1]] },
    ...{ logit_lengths: [4, 0], target_lengths: [2, 0], losses: numbers(2) },
    gradient_of_sum_wrt_logits: numbers(2, 4, 3),
  };
}

const parse = (json: unknown): ReturnType<typeof parseGolden> => parseGolden("case", JSON.stringify(json));

describe("parseGolden", () => {
  it("reads a recurrent case", () => {
    const golden = parse(lstm());
    if (golden.type !== "recurrent") throw new Error("it has a kind");
    expect(golden).toMatchObject({
      name: "case",
      kind: "LSTM",
      layers: 2,
      bidirectional: true,
      lengths: [4, 2],
    });
    expect(golden.weights.get("weight_ih_l1_reverse")?.shape).toEqual([12, 6]);
    expect(golden.inputs.x.data).toEqual(Float64Array.from(numbers(2, 4, 5).data));
    expect([...golden.gradients.keys()].slice(0, 4)).toEqual(["x", "h0", "c0", "weight_ih_l0"]);
    expect(golden.outputs.cn?.shape).toEqual([4, 2, 3]);
    expect(golden.probe.cn).toBeUndefined();
  });

  it("reads a case without lengths, states and biases", () => {
    const golden = parse(rnn());
    expect(golden).toMatchObject({ type: "recurrent", nonlinearity: "relu", lengths: null });
    if (golden.type === "recurrent") {
      expect([...golden.weights.keys()]).toEqual(["weight_ih_l0", "weight_hh_l0"]);
      expect("h0" in golden.inputs).toBe(false);
    }
  });

  it("reads a CTC case", () => {
    expect(parse(ctc())).toMatchObject({
      ...{ type: "ctc", blank: 0, zeroInfinity: true, targets: [[1, 2], [1]] },
      ...{ logitLengths: [4, 0], targetLengths: [2, 0] },
    });
  });

  it.each<[string, string, unknown]>([
    ["GOLDEN_JSON", "is a list of 0, not a JSON object", []],
    ["GOLDEN_KIND", 'has neither "kind" nor "logits"', {}],
    ["GOLDEN_FIELD", 'kind: expected one of RNN, LSTM, GRU, got "MLP"', { ...lstm(), kind: "MLP" }],
    ["GOLDEN_FIELD", "nonlinearity: expected one of tanh, relu, got null", { ...rnn(), nonlinearity: null }],
    ["GOLDEN_FIELD", "hidden: expected a whole number from 1 upwards, got 2.5", { ...rnn(), hidden: 2.5 }],
    ["GOLDEN_FIELD", 'bidirectional: expected true or false, got "no"', { ...rnn(), bidirectional: "no" }],
    ["GOLDEN_FIELD", "lengths: expected 2 entries, got 1", { ...lstm(), lengths: [4] }],
    [
      "GOLDEN_FIELD",
      "lengths[1]: expected a whole number from 0 to 4, got 5",
      { ...lstm(), lengths: [4, 5] },
    ],
    ["GOLDEN_FIELD", "loss: expected a value, got nothing", { ...rnn(), loss: undefined }],
    [
      "GOLDEN_FIELD",
      "inputs.c0: expected no such field",
      { ...rnn(), inputs: { x: numbers(2, 4, 5), c0: 1 } },
    ],
    [
      "GOLDEN_SHAPE",
      "expected shape [2, 4, 5], got [2, 4, 4]",
      { ...rnn(), inputs: { x: numbers(2, 4, 4) } },
    ],
    ["GOLDEN_SHAPE", "needs 40 numbers, got 1", { ...rnn(), inputs: { x: { shape: [2, 4, 5], data: [1] } } }],
    [
      "GOLDEN_FIELD",
      "weights.weight_hh_l0: expected a value",
      { ...rnn(), weights: { weight_ih_l0: numbers(3, 5) } },
    ],
    [
      "GOLDEN_FIELD",
      "gradients.weight_ih_l0: expected a value",
      { ...rnn(), gradients: { x: numbers(2, 4, 5) } },
    ],
    ["GOLDEN_FIELD", "blank: expected a whole number from 0 to 2, got 3", { ...ctc(), blank: 3 }],
    [
      "GOLDEN_FIELD",
      "targets[0][1]: expected a whole number from 0 to 2, got 3",
      { ...ctc(), targets: [[1, 3], []] },
    ],
    ["GOLDEN_FIELD", "target_lengths[1]: expected at most 1", { ...ctc(), target_lengths: [2, 2] }],
    ["GOLDEN_SHAPE", "logits: expected shape [any, any, any], got [2]", { ...ctc(), logits: numbers(2) }],
    ["GOLDEN_SHAPE", "losses: expected shape [2], got [3]", { ...ctc(), losses: numbers(3) }],
  ])("refuses with %s: %s", (code, message, json) => {
    expect(() => parse(json)).toThrow(message);
    expect(() => parse(json)).toThrow(new RegExp(`^${code}: golden case "case"`));
  });

  it("names biases that are given in part", () => {
    const partly = lstm();
    const weights = { ...(partly["weights"] as Record<string, unknown>) };
    delete weights["bias_hh_l1"];
    expect(() => parse({ ...partly, weights })).toThrow("weights.bias_hh_l1: expected a value, got nothing");
  });

  it("refuses text that is no JSON and numbers that are not finite", () => {
    expect(() => parseGolden("case", '{"kind": NaN')).toThrow(/GOLDEN_JSON: golden case "case" is no JSON/);
    const text = JSON.stringify({ ...rnn(), loss: 7 }).replace('"loss":7', '"loss":1e999');
    expect(() => parseGolden("case", text)).toThrow("loss: expected a finite number");
  });
});
