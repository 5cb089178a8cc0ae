import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError, seeded } from "@timestep/base";
import { choiceFlag, type Inspection, type TextVerbRequest, wholeFlag } from "@timestep/cli-kit";
import {
  labelUnits,
  readLessons,
  type SpeechSettings,
  smoothings,
  trainLanguageModel,
  writeLanguageModel,
} from "@timestep/speech";
import { writeWhole } from "@timestep/training/node";
import { readCorpusOf } from "../read-corpus.js";

/** `lm`: trains an n-gram model on texts and writes it as an ARPA file. */
export async function trainModel(request: TextVerbRequest<SpeechSettings>): Promise<Inspection> {
  const { flags } = request;
  const unit = choiceFlag(flags, "unit", labelUnits);
  const smoothing = choiceFlag(flags, "smoothing", smoothings);
  const order = wholeFlag(flags, "order", { least: 1, most: 10_000 }) ?? 3;
  const out = String(flags["out"]);
  await checkReplaceable(out);
  const { texts, warnings } = await textsOf(request);
  const trained = trainLanguageModel(texts, { order, smoothing, unit });
  const { model } = trained;
  await writeWhole(resolve(out), writeLanguageModel(model)).catch((error: NodeJS.ErrnoException) => {
    throw cannotWrite(out, error);
  });
  const counts = new Array<number>(model.order).fill(0);
  for (const { words } of model.entries()) counts[words.length - 1] = (counts[words.length - 1] ?? 0) + 1;
  const { perplexity } = trained.score(texts);
  const facts = {
    texts: trained.texts,
    [unit]: trained.tokens,
    vocabulary: model.vocabulary.length,
    ...Object.fromEntries(counts.map((count, index) => [`${index + 1}-grams`, count])),
  };
  return {
    sections: [
      {
        title: out,
        text: `order ${order}, ${smoothing}, of ${unit}; perplexity of these texts ${perplexity.toFixed(2)}`,
      },
      { title: "sizes", table: { columns: ["what", "count"], rows: Object.entries(facts) } },
    ],
    warnings,
    json: {
      out,
      ...{ order, smoothing, unit },
      texts: trained.texts,
      tokens: trained.tokens,
      vocabulary: model.vocabulary.length,
      ngrams: counts,
      perplexity,
    },
  };
}

/** The lines of a file, or the texts that a recogniser would learn in its first epoch, joined strings among them. */
async function textsOf({
  source,
}: TextVerbRequest<SpeechSettings>): Promise<{ texts: string[]; warnings: readonly string[] }> {
  const texts: string[] = [];
  if (source.kind === "lines") {
    for await (const { text } of source.lines) texts.push(text);
    return { texts, warnings: [] };
  }
  const { settings } = source;
  const corpus = await readCorpusOf(source, settings);
  const { content, warnings } = await readLessons(corpus);
  const lessons = content.epoch(seeded(settings.seed));
  texts.push(...lessons.map(({ text }) => text));
  return { texts, warnings: [...corpus.warnings, ...warnings] };
}

/** @throws {ConfigError} LM_OUT_EXISTS when there is a file that is no language model. */
async function checkReplaceable(out: string): Promise<void> {
  const held = await readFile(resolve(out), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw cannotWrite(out, error);
  });
  if (held === undefined || held.includes("\\data\\")) return;
  throw new ConfigError("LM_OUT_EXISTS", `--out ${out} is there already and is no language model.`, {
    hint: "Only language models are replaced: name another file.",
  });
}

function cannotWrite(out: string, cause: NodeJS.ErrnoException): ConfigError {
  return new ConfigError(
    "LM_NOT_WRITABLE",
    `--out ${out} cannot be written: ${cause.code ?? cause.message}.`,
    {
      hint: "Name a file in a folder that exists and where you may write.",
      cause,
    },
  );
}
