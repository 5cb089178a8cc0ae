import { DataError, seeded } from "@timestep/base";
import { findData } from "@timestep/cli-kit";
import { bucketBatches, readParallelCorpus, requirePairs, Vocabulary } from "@timestep/data";
import { openDataSource } from "@timestep/training/node";
import type { Contest } from "./comparison.js";
import { type IdPair, trainTranslation, type TranslationRequest } from "./translation-model.js";

/** Steps that do not count. */
const warmUp = 3;

/**
 * Training of an encoder-decoder with attention on Multi30k, English to German, in target tokens a second; undefined,
 * with a line that says so, where the data is not found.
 *
 * Words in lower case seen twice or more are the vocabulary; both sides get the same batches of ids.
 *
 * @param steps training steps that count.
 */
export async function translationContest(steps: number): Promise<Contest | undefined> {
  const name = "multi30k";
  const folder = await dataFolder(name);
  if (folder === undefined) {
    console.error(
      `bench: no data "${name}", translation is left out; set TIMESTEP_DATA to the folder that holds it.`,
    );
    return undefined;
  }
  const request = await requestOf(folder, steps);
  return {
    name: "translation multi30k en-de",
    unit: "tokens/s",
    script: "torch_translation.py",
    request,
    ours: async () => (await trainTranslation(request)).tokensPerSecond,
  };
}

async function dataFolder(name: string): Promise<string | undefined> {
  try {
    return (await findData(name, { cwd: process.cwd(), dataFolder: process.env["TIMESTEP_DATA"] })).path;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

async function requestOf(folder: string, steps: number): Promise<TranslationRequest> {
  const corpus = await readParallelCorpus(await openDataSource(folder), { from: "en", to: "de" });
  const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
  const pairs = requirePairs(corpus, "train").map(
    ({ source, target }) => [words(source), words(target)] as const,
  );
  const options = { minCount: 2, specials: ["<s>", "</s>"] };
  const [from, to] = [
    Vocabulary.build(
      pairs.map(([source]) => source),
      options,
    ),
    Vocabulary.build(
      pairs.map(([, target]) => target),
      options,
    ),
  ];
  const ids = pairs
    .filter(([source]) => source.length > 0)
    .map(([source, target]): IdPair => [from.encode(source), to.encode(target)]);
  const places = bucketBatches(
    ids.map(([, target]) => target.length + 1),
    { maxTokens: 4000, secondLengths: ids.map(([source]) => source.length) },
    seeded(1),
  );
  return {
    batches: places.slice(0, warmUp + steps).map((batch) => batch.map((place) => ids[place] as IdPair)),
    begin: to.specialId("<s>"),
    end: to.specialId("</s>"),
    warmUp,
    seconds: 30,
    model: {
      sourceVocabulary: from.size,
      targetVocabulary: to.size,
      embeddingSize: 256,
      encoderSize: 256,
      decoderSize: 512,
      outputSize: 512,
      dropout: 0.2,
    },
    training: { learningRate: 0.001, labelSmoothing: 0.1, clipNorm: 5 },
  };
}
