import { describe, expect, it } from "vitest";
import { FeatureExtractor } from "./extract.js";
import { type FeatureSettings, featureSettings } from "./settings.js";

describe("settings", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ kind: "chroma" }, 'kind is "chroma", expected "log-mel", "mfcc", "log-power"'],
    [{ sampleRateHz: 100 }, "sampleRateHz is 100"],
    [{ windowSeconds: 0 }, "windowSeconds is 0"],
    [{ hopSeconds: 0.05 }, "hopSeconds is 0.05, expected a number from 0.000125 to 0.025"],
    [{ window: "kaiser" }, "window is"],
    [{ preEmphasis: 2 }, "preEmphasis is 2"],
    [{ melScale: "bark" }, "melScale is"],
    [{ melBands: 0 }, "melBands is 0"],
    [{ highHz: 5000 }, "highHz is 5000, expected a number from 1 to 4000"],
    [{ lowHz: 4000 }, "lowHz is 4000"],
    [{ floor: 0 }, "floor is 0"],
    [{ kind: "mfcc", melBands: 10 }, "cepstra is 13, expected a whole number from 1 to 10"],
    [{ deltas: 3 }, "deltas is 3"],
    [{ deltaWidth: 0 }, "deltaWidth is 0"],
    [{ normalisation: { kind: "speaker" } }, 'normalisation.kind is "speaker"'],
    [
      { normalisation: { kind: "running", variance: true, halfLifeSeconds: 0, priorSeconds: 0 } },
      "normalisation.halfLifeSeconds is 0",
    ],
  ])("refuse %j", (given, message) => {
    expect(() => featureSettings(given as Partial<FeatureSettings>)).toThrow(
      `AUDIO_FEATURES: audio features: ${message}`,
    );
  });

  it("refuse more bands than the spectrum can tell apart", () => {
    expect(() => new FeatureExtractor({ melBands: 250 })).toThrow(
      /MEL_EMPTY_BAND: mel band 2 \(38.5 to .*31\.3 Hz apart/,
    );
  });

  it("survive JSON", () => {
    const settings = featureSettings({ kind: "mfcc", deltas: 2 });
    expect(featureSettings(JSON.parse(JSON.stringify(settings)) as FeatureSettings)).toEqual(settings);
  });
});
