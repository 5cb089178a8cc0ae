import { seeded } from "@timestep/base";
import { startEngine } from "@timestep/engine";
import { offerSoftwareGpu } from "@timestep/testing";
import { describe, expect, it } from "vitest";
import { beamSearch } from "./beam-search.js";
import { begin, end, exhaustive, expectSame, ToyModel } from "./decoding.fixture.js";
import { ensemble } from "./ensemble.js";
import { forcedDecoding } from "./forced-decoding.js";
import { greedySearch } from "./greedy-search.js";
import { sampleSequences } from "./sample-sequences.js";

offerSoftwareGpu();
const options = { sentences: 2, begin, end, maximumLength: 3, never: [begin] };

describe.each(["native", "wasm", "webgpu"])("decoding on %s", async (engine) => {
  const missing = await startEngine({ engine }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (missing !== undefined) console.warn(`decoding on ${engine} is not tested: ${missing}`);

  it.skipIf(missing !== undefined)("finds and scores as everywhere", { timeout: 60_000 }, async () => {
    await startEngine({ engine });
    const toy = new ToyModel(7, 5, { sourceLengths: [2, 3] });
    const wide = { ...options, beam: 200, nBest: 3 };
    const found = await beamSearch(toy, toy.start(2), wide);
    const narrow = {
      ...options,
      sourceLengths: [2, 3],
      coveragePenalty: 0.1,
      noRepeat: 2,
      beam: 4,
      groups: 2,
    };
    await beamSearch(ensemble([toy, toy]), [toy.start(2), toy.start(2)], narrow);
    for (const [sentence, hypotheses] of found.entries()) {
      expectSame(hypotheses, exhaustive(toy, sentence, wide));
    }
    const greedy = await greedySearch(toy, toy.start(2), options);
    const targets = greedy.map(({ tokens }) => tokens);
    const scored = await forcedDecoding(toy, toy.start(2), { targets, begin, end });
    for (const [sentence, { finished, score }] of greedy.entries()) {
      if (finished) expect(scored[sentence]?.score).toBeCloseTo(score, 4);
    }
    const [one = []] = await sampleSequences(toy, toy.start(2), { ...options, random: seeded(1), topK: 1 });
    expect(one[0]?.tokens).toEqual(greedy[0]?.tokens);
  });
});
