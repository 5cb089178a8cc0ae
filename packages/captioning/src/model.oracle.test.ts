import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { BOS, EOS } from "@timestep/data";
import { beforeAll, describe, expect, it } from "vitest";
import { captionBatch, CaptionModel } from "./model.js";
import { captioningSettings, pictureForms } from "./settings.js";

beforeAll(() => startEngine({ engine: "cpu" }));

type Row = readonly number[];
type Rows = readonly Row[];
const { exp, log, tanh } = Math;
const plus = (...rows: Row[]): number[] =>
  (rows[0] as Row).map((_, i) => rows.reduce((s, r) => s + (r[i] as number), 0));
const squashed = (x: Row): number[] => x.map(tanh);
const times = (x: Row, matrix: Rows): number[] =>
  (matrix[0] as Row).map((_, j) =>
    x.reduce((sum, value, i) => sum + value * ((matrix[i] as Row)[j] as number), 0),
  );
const dot = (x: Row, y: Row): number => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
const weighted = (weights: Row, rows: Rows): number[] =>
  (rows[0] as Row).map((_, j) =>
    rows.reduce((sum, row, i) => sum + (weights[i] as number) * (row[j] as number), 0),
  );
const softmax = (x: Row): number[] => {
  const all = x.map(exp);
  return all.map((value) => value / all.reduce((a, b) => a + b));
};

const [vocabularySize, places, channels] = [7, 4, 3];
const captions = [[4, 5, 6], [5], [6, 6]];
const pictureOf = Int32Array.of(1, 0, 1);
const maxWords = 3;

function modelOf(form: (typeof pictureForms)[number]): CaptionModel {
  const settings = captioningSettings.parse({
    picture: { size: 5 },
    model: { form, cell: "elman", hiddenSize: 4, embedding: 3, attention: { size: 2 } },
  });
  const model = new CaptionModel(vocabularySize, [2, 2, channels], settings, seeded(1));
  const random = seeded(2);
  model.loadWeights(
    new Map(
      model.parameters().map(({ path, variable: { size, shape } }) => {
        return [path, { shape, data: Float32Array.from({ length: size }, () => 0.7 * random.normal()) }];
      }),
    ),
  );
  return model;
}

/** The losses of the words of one caption, as the papers' equations have them, in plain loops over plain numbers. */
function lossesByHand(model: CaptionModel, form: string, grid: Rows, caption: Row): number[] {
  const parameters = new Map(model.parameters().map(({ path, variable }) => [path, variable]));
  const matrix = (path: string): Rows => parameters.get(path)?.arraySync() as number[][];
  const vector = (path: string): Row => parameters.get(path)?.arraySync() as number[];
  const decoder = "decoder.decoder";
  const cell = (x: Row, h: Row): number[] =>
    squashed(
      plus(
        times(x, matrix(`${decoder}.layer0.cell.inputKernel`)),
        times(h, matrix(`${decoder}.layer0.cell.recurrentKernel`)),
        vector(`${decoder}.layer0.cell.bias`),
      ),
    );
  const seen = grid.map((x) =>
    plus(times(x, matrix("encoder.project.kernel")), vector("encoder.project.bias")).map((v) =>
      Math.max(0, v),
    ),
  );
  const mean = weighted(
    seen.map(() => 1 / places),
    seen,
  );
  const nothing = [0, 0, 0, 0];
  const linear = (path: string): number[] =>
    plus(times(mean, matrix(`${path}.kernel`)), vector(`${path}.bias`));
  let h =
    form === "attention" || form === "initial-state"
      ? squashed(linear("start.layer0.h"))
      : form === "first-input"
        ? cell(linear("start.input"), nothing)
        : nothing;
  const look = (): number[] => {
    const asked = times(h, matrix(`${decoder}.attention.queryKernel`));
    const keys = seen.map((v) =>
      plus(times(v, matrix(`${decoder}.attention.keyKernel`)), vector(`${decoder}.attention.keyBias`)),
    );
    const fits = keys.map((key) =>
      dot(vector(`${decoder}.attention.scoreVector`), squashed(plus(key, asked))),
    );
    const context = weighted(softmax(fits), seen);
    const gate = plus(times(h, matrix(`${decoder}.gateKernel`)), vector(`${decoder}.gateBias`));
    return context.map((value, i) => value / (1 + exp(-(gate[i] as number))));
  };
  const table = matrix("decoder.embedding.table");
  const read = [BOS, ...caption];
  const said = [...caption, EOS].slice(0, maxWords);
  return said.map((token, t) => {
    const word = table[read[t] as number] as Row;
    const context = form === "attention" ? look() : mean;
    h = cell(form === "attention" || form === "every-step" ? [...word, ...context] : word, h);
    const parts = [times(h, matrix(`${decoder}.hiddenReadout`)), vector(`${decoder}.readoutBias`)];
    if (form !== "initial-state" && form !== "first-input")
      parts.push(times(context, matrix(`${decoder}.contextReadout`)));
    if (form === "attention" || form === "every-step")
      parts.push(times(word, matrix(`${decoder}.inputReadout`)));
    const output = squashed(plus(...parts));
    const logits = plus(
      table.map((row) => dot(row, output)),
      vector("decoder.outputBias"),
    );
    return log(logits.reduce((sum, logit) => sum + exp(logit), 0)) - (logits[token] as number);
  });
}

describe("CaptionModel", () => {
  it.each(pictureForms)("gives words the losses that the equations give, %s", (form) => {
    const model = modelOf(form);
    const random = seeded(3);
    const values = Float32Array.from({ length: 2 * places * channels }, () => random.normal());
    const grid = (picture: number): number[][] =>
      Array.from({ length: places }, (_, place) => {
        const from = (picture * places + place) * channels;
        return Array.from(values.slice(from, from + channels));
      });
    const losses = model.wordLosses(captionBatch({ count: 2, values }, captions, pictureOf, maxWords));
    const found = losses.arraySync();
    captions.forEach((caption, row) => {
      const expected = lossesByHand(model, form, grid(pictureOf[row] as number), caption);
      const own = (found[row] as number[]).slice(0, expected.length);
      own.forEach((loss, t) => {
        expect(loss).toBeCloseTo(expected[t] as number, 4);
      });
      expect(found[row]?.slice(expected.length).every((loss) => loss === 0)).toBe(true);
    });
    // A caption of as many words as are allowed may have been cut, so no end is learnt after it.
    expect(lossesByHand(model, form, grid(1), captions[0] as Row)).toHaveLength(3);
    losses.dispose();
    model.dispose();
  });
});
