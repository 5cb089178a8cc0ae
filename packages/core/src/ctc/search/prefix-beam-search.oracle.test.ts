import { describe, expect, it } from "vitest";
import { drawnEmissions, everyLabelling } from "../emissions.fixture.js";
import type { CtcEmissions } from "../emissions.js";
import { prefixBeamSearch, PrefixBeamSearch } from "./prefix-beam-search.js";
import type { PrefixBonus } from "./prefix-bonus.js";

function expectHypotheses(
  found: readonly { labels: number[]; score: number; logProbability: number }[],
  wanted: readonly { labels: number[]; score?: number; logProbability: number }[],
): void {
  expect(found.map(({ labels }) => labels)).toEqual(wanted.map(({ labels }) => labels));
  for (const [n, { score, logProbability }] of found.entries()) {
    expect(logProbability).toBeCloseTo(wanted[n]?.logProbability as number, 9);
    expect(score).toBeCloseTo((wanted[n]?.score ?? wanted[n]?.logProbability) as number, 9);
  }
}

/** Any function of the labels can be a bonus; this one depends on all of them and on their order. */
function oddBonus(labels: readonly number[] = []): PrefixBonus {
  const worth = labels.reduce((total, label, n) => total + Math.sin(3 * label + 2 * n), 0);
  return {
    score: worth,
    gain: 1,
    final: () => worth - labels.length / 2,
    after: (label) => oddBonus([...labels, label]),
  };
}

describe("prefixBeamSearch, with a beam that cuts nothing off", () => {
  it.each([
    { frames: 1, classes: 2, blank: 0 },
    { frames: 4, classes: 3, blank: 0 },
    { frames: 5, classes: 3, blank: 2 },
    { frames: 6, classes: 3, blank: 1 },
    { frames: 4, classes: 5, blank: 0 },
  ])("gives every labelling with its probability: $frames frames, $classes classes", (sizes) => {
    const { frames, classes, blank } = sizes;
    const emissions = drawnEmissions(frames * classes, frames, classes, 1.5);
    const wanted = everyLabelling(emissions, blank);
    const found = prefixBeamSearch(emissions, { blank, beam: 2000, nBest: 2000 });
    expectHypotheses(found, wanted);
    expect(found.reduce((total, { logProbability }) => total + Math.exp(logProbability), 0)).toBeCloseTo(
      1,
      9,
    );
  });

  it("ranks by probability and bonus, of the end too", () => {
    const emissions = drawnEmissions(5, 5, 3);
    const wanted = everyLabelling(emissions)
      .map((each) => ({ ...each, score: each.logProbability + worth(each.labels) }))
      .sort((a, b) => b.score - a.score);
    const found = prefixBeamSearch(emissions, { beam: 500, nBest: 500, bonus: oddBonus() });
    expectHypotheses(found, wanted);
    expect(found[0]?.labels).not.toEqual(everyLabelling(emissions)[0]?.labels);
  });

  function worth(labels: readonly number[]): number {
    return labels.reduce((bonus, label) => bonus.after(label), oddBonus()).final();
  }
});

/** The search as the papers write it down, with maps of strings. */
function plainSearch({ values, frames, classes }: CtcEmissions, beam: number): string[] {
  let kept = new Map([["", { blank: 1, label: 0 }]]);
  for (let t = 0; t < frames; t++) {
    const next = new Map<string, { blank: number; label: number }>();
    const at = (key: string): { blank: number; label: number } => {
      const known = next.get(key) ?? { blank: 0, label: 0 };
      next.set(key, known);
      return known;
    };
    for (const [key, { blank, label }] of kept) {
      const last = key === "" ? -1 : Number(key.slice(-1));
      for (let k = 0; k < classes; k++) {
        const p = Math.exp(values[t * classes + k] as number);
        if (k === 0) at(key).blank += (blank + label) * p;
        else if (k === last) {
          at(key).label += label * p;
          at(key + String(k)).label += blank * p;
        } else at(key + String(k)).label += (blank + label) * p;
      }
    }
    const best = [...next].sort(([, a], [, b]) => b.blank + b.label - (a.blank + a.label));
    kept = new Map(best.slice(0, beam));
  }
  return [...kept.keys()];
}

describe("prefixBeamSearch, with a narrow beam", () => {
  it.each([1, 2, 3, 8, 20])("keeps what the algorithm keeps: beam %i", (beam) => {
    for (let seed = 0; seed < 10; seed++) {
      const emissions = drawnEmissions(seed, 12, 4, 1.5);
      const found = prefixBeamSearch(emissions, { beam, nBest: beam });
      expect(found.map(({ labels }) => labels.join(""))).toEqual(plainSearch(emissions, beam));
    }
  });

  it.each([1, 7, 64, 150])("gives the same in pushes of %i frames, also after memory was swept", (size) => {
    const bonus = oddBonus();
    const emissions = drawnEmissions(3, 200, 5, 2);
    const { values, frames, classes } = emissions;
    const search = new PrefixBeamSearch({ beam: 10, nBest: 10, bonus });
    for (let from = 0; from < frames; from += size) {
      const count = Math.min(size, frames - from);
      const settled = search.settled();
      search.push({
        values: values.subarray(from * classes, (from + count) * classes),
        frames: count,
        classes,
      });
      expect(search.settled().slice(0, settled.length)).toEqual(settled);
      expect(search.present().labels.slice(0, settled.length)).toEqual(settled);
    }
    expect(search.settled().length).toBeGreaterThan(10);
    expect(search.results()).toEqual(prefixBeamSearch(emissions, { beam: 10, nBest: 10, bonus }));
  });
});
