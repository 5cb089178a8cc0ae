import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { type EvaluationRecord, MemoryStore, type TrainOptions } from "@timestep/training";
import { beforeAll, describe, expect, it } from "vitest";
import { Captioner } from "../captioner.js";
import { toyPictures, toySettings, toyWith } from "../fixtures/toy-pictures.js";
import { captioningSettings } from "../settings.js";
import { CaptionTrainee } from "./trainee.js";

beforeAll(() => startEngine());

/** Of what people say, some is said by many: a caption in their midst scores better than a rare one. */
const says = (colour: string, thing: string): string[] => [
  `a ${colour} ${thing}`,
  `a ${colour} ${thing} here`,
  `there is a ${colour} ${thing}`,
  `look at the ${thing} that is ${colour}`,
];
const lessons = toyPictures(seeded(1), 36, says);
const settings = toyWith(
  { dropout: { picture: 0.1, input: 0.1, layers: 0, output: 0.1 } },
  {
    selectBy: "ciderD",
    captionsPerPicture: 1,
    search: { beam: 1, noRepeat: 0, noDangling: false },
    reward: { epochs: 3, samples: 3 },
    training: { ...toySettings.training, epochs: 8, evaluateEvery: 1, patience: 1 },
  },
);

async function historyOf(options: Partial<TrainOptions> = {}): Promise<EvaluationRecord[]> {
  const { captioner, outcome } = await Captioner.train(lessons, settings, options);
  captioner.dispose();
  return outcome.history.map((record) => ({ ...record, minutes: 0 }));
}

describe("CaptionTrainee", () => {
  let whole: EvaluationRecord[];
  beforeAll(async () => {
    whole = await historyOf();
  }, 60_000);

  it("learns true captions first and is rewarded in the last epochs", async () => {
    const captioner = Captioner.untrained(lessons, captioningSettings.parse(settings));
    const trainee = new CaptionTrainee(captioner, lessons, lessons);
    const kinds = Array.from({ length: 8 }, (_, epoch) =>
      trainee.epoch(epoch, seeded(epoch)).map(({ kind }) => kind),
    );
    expect(kinds.map((own) => new Set(own))).toEqual([
      ...Array.from({ length: 5 }, () => new Set(["captions"])),
      ...Array.from({ length: 3 }, () => new Set(["draw"])),
    ]);
    // Nine captions at once: those of nine pictures, or three drawn for each of three.
    expect(kinds.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4, 12, 12, 12]);
    const [lesson] = trainee.epoch(5, seeded(5));
    const drawn = await trainee.prepare(lesson as NonNullable<typeof lesson>, seeded(1));
    expect(drawn.kind).toBe("rewards");
    expect(trainee.examples(drawn)).toBe(9);
    expect(trainee.describe(drawn)).toMatch(/^pictures toy \d+, toy \d+, toy \d+$/);
    captioner.dispose();
  });

  it("gives the same loss in whatever order captions and their rewards lie", () => {
    const captioner = Captioner.untrained(lessons, captioningSettings.parse(settings));
    const trainee = new CaptionTrainee(captioner, lessons, lessons);
    const captions = [[4, 5], [6, 7, 8, 9], [5], [4, 4, 4]];
    const common = { kind: "rewards", pictures: [3, 1, 2] } as const;
    const lossOf = (order: number[]): number => {
      const loss = trainee.loss(
        {
          ...common,
          captions: order.map((place) => captions[place] ?? []),
          pictureOf: Int32Array.from(order, (place) => [0, 1, 2, 1][place] as number),
          rewards: Float32Array.from(order, (place) => [1, -2, 0.5, 3][place] as number),
        },
        seeded(1),
      );
      const [value] = loss.dataSync();
      loss.dispose();
      return value as number;
    };
    expect(lossOf([3, 2, 0, 1])).toBeCloseTo(lossOf([0, 1, 2, 3]), 5);
    captioner.dispose();
  });

  it("reads fewer true words as sampling is scheduled", () => {
    const sampling = { kind: "linear", speed: 8, least: 0.25 } as const;
    const captioner = Captioner.untrained(lessons, captioningSettings.parse({ ...settings, sampling }));
    const trainee = new CaptionTrainee(captioner, lessons, lessons);
    const shares = [0, 1, 2].flatMap((epoch) =>
      trainee
        .epoch(epoch, seeded(1))
        .map((lesson) => (lesson.kind === "captions" ? lesson.trueTokens : undefined)),
    );
    // In a straight line from 1 to the least share in eight steps.
    expect(shares).toEqual(Array.from({ length: 12 }, (_, step) => Math.max(0.25, 1 - (0.75 * step) / 8)));
    captioner.dispose();
  });

  it("raises CIDEr-D by rewards, and is not ended by patience before them", () => {
    expect(whole).toHaveLength(8);
    const scores = whole.map(({ score }) => score);
    expect(Math.max(...scores.slice(5))).toBeGreaterThan(Math.max(...scores.slice(0, 5)) + 5);
  });

  it("goes on to the same bits after an interruption, before the rewards and among them", async () => {
    for (const step of [9, 27]) {
      const store = new MemoryStore("run");
      const stop = new AbortController();
      const onProgress: TrainOptions["onProgress"] = (p) => p.step === step && stop.abort();
      expect((await historyOf({ store, signal: stop.signal, onProgress })).length).toBeLessThan(8);
      expect(await historyOf({ store, resume: true })).toEqual(whole);
    }
  }, 60_000);
});
