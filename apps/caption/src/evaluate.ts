import { captioningTask } from "@timestep/captioning";
import { type EvaluateRequest, type Report } from "@timestep/cli-kit";
import { asSplit, requireSplit } from "@timestep/data";
import { lookoutOf } from "./attention.js";
import { searchOptions } from "./flags.js";
import { galleryWriter } from "./gallery-file.js";
import { lessonsOf, readCorpus } from "./lessons.js";
import { loadRuns, lookForAll } from "./load-runs.js";
import { galleryHtml } from "./pages/gallery.js";
import { scoreSplit } from "./scoring.js";

/** `evaluate`: scores a run on one split of a corpus, and writes a page of its pictures with their captions. */
export async function evaluateCaptions(request: EvaluateRequest): Promise<Report> {
  const { runs, data, format, split, engine, flags, progress } = request;
  const started = performance.now();
  const writeGallery = await galleryWriter(flags["gallery"], runs, split);
  const loaded = await loadRuns(runs);
  const [member, ...others] = loaded.members;
  const { captioner, features } = member;
  const lookout = lookoutOf(loaded);
  const { settings } = captioner;
  const corpus = await readCorpus(data, settings, format);
  const examples = requireSplit(corpus, asSplit(split));
  const lessons = await lessonsOf(examples, settings, features, progress);
  const train =
    corpus.splits.train === undefined
      ? undefined
      : await lessonsOf(corpus.splits.train, settings, features, progress, { meansOnly: true });
  const scored = await scoreSplit(captioner, lessons, train, {
    ...searchOptions(flags),
    attention: lookout !== undefined,
    with: await lookForAll(others, lessons.examples, progress),
  });
  loaded.dispose();
  const title = `Captions of ${corpus.name}, ${split} split`;
  const written = await writeGallery(await galleryHtml({ title, lessons, scored, member, lookout }));
  const [baseline, ...baselines] = scored.baselines;
  return {
    task: captioningTask,
    split,
    metrics: scored.metrics,
    settings: scored.signature,
    examples: lessons.names.length,
    seconds: (performance.now() - started) / 1000,
    engine: engine.name,
    seed: settings.seed,
    ...(baseline === undefined ? {} : { baseline }),
    baselines,
    notes: [...corpus.warnings, ...lessons.warnings, ...scored.notes, written],
  };
}
