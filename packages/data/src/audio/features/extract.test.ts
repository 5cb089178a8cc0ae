import { seeded } from "@timestep/base";
import { describe, expect, it } from "vitest";
import golden from "../../fixtures/audio-features.json" with { type: "json" };
import { type AudioClip } from "../wav/clip.js";
import { type AudioFeatures } from "./features.js";
import { FeatureExtractor } from "./extract.js";
import { type FeatureSettings, type Normalisation } from "./settings.js";
import { StatisticsCollector } from "./statistics.js";

const tone = (hertz: number, seconds = 0.5): AudioClip => ({
  sampleRateHz: 8000,
  samples: Float32Array.from(
    { length: 8000 * seconds },
    (_, n) => 0.5 * Math.sin((2 * Math.PI * hertz * n) / 8000),
  ),
});
const noise = (count: number, seed = 1): AudioClip => {
  const random = seeded(seed);
  return { sampleRateHz: 8000, samples: Float32Array.from({ length: count }, () => 0.1 * random.normal()) };
};
const row = ({ values, size }: AudioFeatures, t: number): number[] =>
  Array.from(values.slice(t * size, (t + 1) * size));
const none: Normalisation = { kind: "none" };

describe("features", () => {
  it.each(golden.cases)(
    "are those of NumPy: $settings.kind, $settings.window",
    ({ settings, frames, rows }) => {
      const samples = Float32Array.from({ length: golden.samples }, (_, n) => {
        const t = n / golden.sampleRateHz;
        const tones = 0.5 * Math.sin(2 * Math.PI * 440 * t) + 0.25 * Math.sin(2 * Math.PI * 1777 * t + 1);
        return tones + 0.1 * Math.cos(2 * Math.PI * 9000 * t * t);
      });
      const extractor = new FeatureExtractor({
        ...(settings as Partial<FeatureSettings>),
        normalisation: none,
      });
      const features = extractor.run({ samples, sampleRateHz: golden.sampleRateHz });
      expect(features.frames).toBe(frames);
      expect(extractor.framesOf(samples.length)).toBe(frames);
      for (const [t, expected] of Object.entries<number[] | undefined>(rows)) {
        if (expected === undefined) continue;
        expect(features.size).toBe(expected.length);
        const got = row(features, Number(t));
        for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4);
      }
    },
  );

  it.each(["htk", "slaney"] as const)("put a pure tone into the band around it (%s)", (melScale) => {
    const extractor = new FeatureExtractor({
      melScale,
      melBands: 20,
      lowHz: 0,
      preEmphasis: 0,
      normalisation: none,
    });
    // Centres worked out from the definitions: band b is centred (b + 1)/21 of the way to 4000 Hz in mels.
    const mels = (hertz: number): number =>
      melScale === "htk"
        ? Math.log10(1 + hertz / 700)
        : hertz < 1000
          ? hertz / (200 / 3)
          : 15 + Math.log(hertz / 1000) * (27 / Math.log(6.4));
    for (const hertz of [300, 700, 1200, 2000, 3100]) {
      const band = Math.round((mels(hertz) / mels(4000)) * 21) - 1;
      const vector = row(extractor.run(tone(hertz)), 10);
      const loudest = vector.indexOf(Math.max(...vector));
      expect(Math.abs(loudest - band)).toBeLessThanOrEqual(melScale === "slaney" ? 1 : 0);
    }
  });

  it("keep a window's energy (Parseval): the spectrum sums to N times the squares", () => {
    const extractor = new FeatureExtractor({
      kind: "log-power",
      preEmphasis: 0,
      window: "hamming",
      windowSeconds: 0.032,
      normalisation: none,
    });
    const { samples, sampleRateHz } = noise(256);
    const power = row(extractor.run({ samples, sampleRateHz }), 0).map(Math.exp);
    const both = power.reduce((sum, value, k) => sum + (k === 0 || k === 128 ? 1 : 2) * value, 0);
    const energy = samples.reduce(
      (sum, x, n) => sum + (x * (0.54 - 0.46 * Math.cos((2 * Math.PI * n) / 255))) ** 2,
      0,
    );
    expect(both / (256 * energy)).toBeCloseTo(1, 5);
  });

  it("of white noise are level over slaney's bands", () => {
    const extractor = new FeatureExtractor({ preEmphasis: 0, melBands: 10, lowHz: 100, normalisation: none });
    const { values, frames, size } = extractor.run(noise(80_000));
    const means = Array.from({ length: size }, (_, i) => {
      let sum = 0;
      for (let t = 0; t < frames; t++) sum += Math.exp(values[t * size + i] as number);
      return sum / frames;
    });
    // Triangles of area 1 sampled by bins 31 Hz apart; the narrowest, 230 Hz wide, holds 7 of them.
    expect(Math.max(...means) / Math.min(...means)).toBeLessThan(1.15);
  });

  it("of a clip at another rate are those at the settings' rate", () => {
    const extractor = new FeatureExtractor({
      melBands: 20,
      highHz: 3000,
      preEmphasis: 0,
      normalisation: none,
    });
    const samples = Float32Array.from(
      { length: 8000 },
      (_, n) => 0.5 * Math.sin((2 * Math.PI * 700 * n) / 16000),
    );
    const twice = extractor.run({ samples, sampleRateHz: 16000 });
    const once = extractor.run(tone(700));
    expect(twice.frames).toBe(once.frames);
    const loudest = Math.max(...row(once, 20));
    for (const [i, value] of row(once, 20).entries()) {
      if (value > loudest - 12) expect(Math.abs((row(twice, 20)[i] as number) - value)).toBeLessThan(0.02);
    }
  });

  it("count frames by whole windows; short clips have one", () => {
    const extractor = new FeatureExtractor({ normalisation: none }); // 200 samples, hop 80
    for (const [count, frames] of [
      [1, 1],
      [199, 1],
      [200, 1],
      [279, 1],
      [280, 2],
      [8000, 98],
    ] as const) {
      expect(extractor.run(noise(count)).frames).toBe(frames);
      expect(extractor.framesOf(count)).toBe(frames);
    }
    expect(extractor.framesOf(0)).toBe(0);
    expect(() => extractor.run(noise(0))).toThrow("AUDIO_EMPTY");
  });

  it("of silence are finite under every normalisation", () => {
    const silence: AudioClip = { samples: new Float32Array(2000), sampleRateHz: 8000 };
    for (const normalisation of [
      none,
      { kind: "utterance", variance: true },
      { kind: "running", variance: true, halfLifeSeconds: 1, priorSeconds: 0 },
    ] as const) {
      const { values } = new FeatureExtractor({ normalisation, deltas: 2 }).run(silence);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });
});

describe("streaming", () => {
  const statistics = (() => {
    const collector = new StatisticsCollector();
    collector.add(new FeatureExtractor({ deltas: 2, melBands: 8, normalisation: none }).run(noise(4000, 5)));
    return collector.result();
  })();

  it.each<Normalisation>([
    none,
    { kind: "global", variance: true },
    { kind: "running", variance: true, halfLifeSeconds: 0.3, priorSeconds: 0 },
    { kind: "running", variance: false, halfLifeSeconds: 2, priorSeconds: 0.5 },
  ])("gives the bits of the whole clip however it is cut: %j", (normalisation) => {
    const random = seeded(3);
    for (const deltas of [0, 1, 2] as const) {
      const known = {
        ...statistics,
        mean: statistics.mean.slice(0, 8 * (1 + deltas)),
        variance: statistics.variance.slice(0, 8 * (1 + deltas)),
      };
      const extractor = new FeatureExtractor({ deltas, melBands: 8, normalisation }, known);
      for (const count of [1, 150, 200, 281, 1000, 3001]) {
        const clip = noise(count, count);
        const whole = extractor.run(clip);
        const stream = extractor.stream();
        const rows: Float32Array[] = [];
        for (let at = 0; at < count;) {
          const next = Math.min(count, at + random.integer(400));
          rows.push(...stream.push(clip.samples.subarray(at, next)));
          at = next;
        }
        rows.push(...stream.finish());
        expect(rows.flatMap((values) => Array.from(values))).toEqual(Array.from(whole.values));
        expect(rows.length).toBe(extractor.framesOf(count));
      }
    }
  });

  it("gives a frame as soon as its window is full, and with differences when theirs are", () => {
    for (const [deltas, wait] of [
      [0, 0],
      [1, 2],
      [2, 4],
    ] as const) {
      const stream = new FeatureExtractor({ deltas, normalisation: none }).stream();
      expect(stream.push(new Float32Array(200 + 80 * wait - 1))).toHaveLength(0);
      expect(stream.push(new Float32Array(1))).toHaveLength(1);
      expect(stream.push(new Float32Array(80))).toHaveLength(1);
      expect(stream.finish()).toHaveLength(wait);
      expect(stream.finish()).toHaveLength(0);
      expect(() => stream.push(new Float32Array(1))).toThrow("after finish");
    }
  });

  it("refuses normalisation by the whole clip", () => {
    expect(() => new FeatureExtractor().stream()).toThrow("FEATURES_STREAM");
  });
});

describe("normalisation", () => {
  const moments = ({ values, frames, size }: AudioFeatures, i: number): [mean: number, variance: number] => {
    const column = Array.from({ length: frames }, (_, t) => values[t * size + i] as number);
    const mean = column.reduce((sum, value) => sum + value, 0) / frames;
    return [mean, column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / frames];
  };

  it("by utterance gives mean 0 and variance 1, or the variance as it was", () => {
    const raw = new FeatureExtractor({ normalisation: none }).run(noise(4000));
    for (const variance of [true, false]) {
      const features = new FeatureExtractor({ normalisation: { kind: "utterance", variance } }).run(
        noise(4000),
      );
      for (const i of [0, 17, 39]) {
        const [mean, spread] = moments(features, i);
        expect(mean).toBeCloseTo(0, 5);
        expect(spread).toBeCloseTo(variance ? 1 : moments(raw, i)[1], 5);
      }
    }
  });

  it("by the training clips gives their frames together mean 0 and variance 1", () => {
    const collector = new StatisticsCollector();
    const plain = new FeatureExtractor({ normalisation: none });
    for (const seed of [1, 2, 3]) collector.add(plain.run(noise(1000 * seed, seed)));
    const extractor = new FeatureExtractor(
      { normalisation: { kind: "global", variance: true } },
      collector.result(),
    );
    const after = new StatisticsCollector();
    for (const seed of [1, 2, 3]) after.add(extractor.run(noise(1000 * seed, seed)));
    const { mean, variance } = after.result();
    for (const value of mean) expect(value).toBeCloseTo(0, 5);
    for (const value of variance) expect(value).toBeCloseTo(1, 5);
  });

  it("by what was heard follows a change of level and forgets what was before", () => {
    const clip = noise(32_000);
    for (let n = 16_000; n < 32_000; n++) clip.samples[n] = 0.05 * (clip.samples[n] as number);
    const extractor = new FeatureExtractor({
      normalisation: { kind: "running", variance: false, halfLifeSeconds: 0.2, priorSeconds: 0 },
    });
    const { values, size } = extractor.run(clip);
    const level = (from: number, to: number): number =>
      values.slice(from * size, to * size).reduce((sum, v) => sum + v, 0) / ((to - from) * size);
    expect(level(201, 206)).toBeLessThan(-4); // 26 dB down are 6 in natural logarithms of power
    expect(Math.abs(level(350, 390))).toBeLessThan(0.2);
  });

  it("by what was heard starts from the prior", () => {
    const clip = noise(200);
    const statistics = {
      frames: 10,
      mean: new Array<number>(40).fill(-3),
      variance: new Array<number>(40).fill(4),
    };
    const plain = row(new FeatureExtractor({ normalisation: none }).run(clip), 0);
    // A prior of 99 frames that hardly fades, and one frame: mean and variance by hand.
    const extractor = new FeatureExtractor(
      { normalisation: { kind: "running", variance: true, halfLifeSeconds: 1e6, priorSeconds: 0.99 } },
      statistics,
    );
    for (const [i, value] of row(extractor.run(clip), 0).entries()) {
      const x = (plain[i] as number) + 3;
      const mean = x / 100;
      const variance = (99 * 4 + x * x) / 100 - mean * mean;
      expect(value).toBeCloseTo((x - mean) / Math.sqrt(variance), 4);
    }
  });

  it("asks for the statistics it needs, of the right size", () => {
    const normalisation = { kind: "global", variance: true } as const;
    expect(() => new FeatureExtractor({ normalisation })).toThrow("FEATURES_STATISTICS");
    const small = { frames: 1, mean: [0], variance: [1] };
    expect(() => new FeatureExtractor({ normalisation }, small)).toThrow("FEATURES_SIZE");
    const collector = new StatisticsCollector();
    expect(() => collector.result()).toThrow("FEATURES_NONE");
    collector.add({ values: new Float32Array(2), frames: 1, size: 2 });
    expect(() => {
      collector.add({ values: new Float32Array(3), frames: 1, size: 3 });
    }).toThrow("FEATURES_SIZE");
  });
});
