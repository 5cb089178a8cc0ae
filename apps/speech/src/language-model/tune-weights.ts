import { type EvaluateRequest, type Inspection, numbersFlag, type Table, wholeFlag } from "@timestep/cli-kit";
import { asSplit } from "@timestep/data";
import {
  readScored,
  SpeechRecogniser,
  speechTask,
  type TunedLanguageModel,
  tuneLanguageModel,
} from "@timestep/speech";
import { readCorpusOf } from "../read-corpus.js";
import { beamRange, usualBeam } from "../recogniser/search.js";
import { languageModelOf } from "./read-model.js";

/** `tune`: tries weights of a language model on a split, dev unless told otherwise. */
export async function tuneWeights(request: EvaluateRequest): Promise<Inspection> {
  const { run, split, flags, progress } = request;
  const weights = numbersFlag(flags, "lmWeight", 0) ?? [0, 0.25, 0.5, 0.75, 1, 1.5, 2];
  const wordBonuses = numbersFlag(flags, "wordBonus", -Infinity) ?? [-1, 0, 1, 2, 3];
  const beam = wholeFlag(flags, "beam", beamRange) ?? usualBeam;
  const { model, name } = await languageModelOf(flags);
  const recogniser = await SpeechRecogniser.load(run);
  const corpus = await readCorpusOf(request, recogniser.settings);
  const { content: utterances, warnings } = await readScored(corpus, asSplit(split));
  progress.stage("tune", weights.length * wordBonuses.length);
  const found = await tuneLanguageModel(recogniser, utterances, {
    ...{ model, weights, wordBonuses, beam },
    onTrial: ({ wer }, done) => {
      progress.step(done, { note: `WER ${wer.toFixed(2)}` });
    },
  });
  recogniser.dispose();
  const { best, trials, pathWer, beamWer } = found;
  return {
    sections: [
      { title: `${speechTask}, ${split} split: word error rate, %`, table: gridTable(found) },
      {
        title: "best",
        text: [
          `--lm ${String(flags["lm"])} --lm-weight ${best.weight} --word-bonus ${best.wordBonus} --beam ${beam}`,
          `${best.wer.toFixed(2)} %; without a language model ${beamWer.toFixed(2)} % with this beam, ${pathWer.toFixed(2)} % by the likeliest path`,
        ].join("\n"),
      },
    ],
    warnings: [...corpus.warnings, ...warnings],
    json: {
      task: speechTask,
      split,
      examples: utterances.length,
      lm: name,
      beam,
      best,
      without: { beam: beamWer, path: pathWer },
      trials,
    },
  };
}

/** A row for each weight, a column for each bonus. */
function gridTable({ trials }: TunedLanguageModel): Table {
  const weights = [...new Set(trials.map(({ weight }) => weight))];
  const bonuses = [...new Set(trials.map(({ wordBonus }) => wordBonus))];
  const wer = (weight: number, bonus: number): string =>
    trials.find((trial) => trial.weight === weight && trial.wordBonus === bonus)?.wer.toFixed(2) ?? "";
  return {
    columns: ["--lm-weight", ...bonuses.map((bonus) => `--word-bonus ${bonus}`)],
    rows: weights.map((weight) => [String(weight), ...bonuses.map((bonus) => wer(weight, bonus))]),
  };
}
