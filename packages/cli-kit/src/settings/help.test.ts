import { describe, expect, it } from "vitest";
import { fakeSettings } from "../fixtures/fake-program.js";
import { settingsHelp } from "./help.js";

describe("settingsHelp", () => {
  it("lists every setting with default, description and what it accepts", () => {
    expect(settingsHelp(fakeSettings, 100).split("\n")).toEqual([
      "Settings (in a config file, or with --set NAME=VALUE):",
      "  setting           default  meaning",
      "  data              -        Corpus to train on [text]",
      '  format            -        Reader of the data [one of "columns", "jsonl"]',
      "  seed              1        Start of all random numbers [a whole number of at least 0]",
      "  model.hiddenSize  100      Size of the state [a whole number from 1 to 4096]",
      '  model.cell        "lstm"   Recurrent cell [one of "lstm", "gru"]',
      "  model.dropout     0.5      [a number of at least 0 and below 1]",
      "  model.vectors     null     Pretrained vectors [text or null]",
      "  model.sizes       [1,2]    [a list]",
      "  training.epochs   10       Passes over the data [a whole number of at least 1]",
    ]);
  });

  it("keeps to the width", () => {
    const lines = settingsHelp(fakeSettings, 70).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70);
    expect(lines.length).toBeGreaterThan(11);
  });
});
