import { type CaptioningSettings } from "@timestep/captioning";
import { type InspectDataRequest, type Inspection } from "@timestep/cli-kit";
import { readCorpus } from "../lessons.js";
import { captionFacts } from "./caption-facts.js";
import { pictureFacts } from "./picture-facts.js";

/** Pictures named in a warning. */
const named = 3;

/** `inspect --data`: what a corpus holds, its pictures as their headers say; what is missing is counted. */
export async function inspectCaptionData({
  data,
  settings: own,
  format,
}: InspectDataRequest<CaptioningSettings>): Promise<Inspection> {
  const settings = { ...own, corpus: { ...own.corpus, missing: "skip" as const } };
  const corpus = await readCorpus(data, settings, format);
  const { facts: captions, words, known } = captionFacts(corpus, settings);
  const { facts: pictures, shared } = await pictureFacts(corpus);
  const unreadable = pictures.flatMap((facts) => facts.unreadable);
  const inTraining = captions.filter((facts) => facts.inTraining > 0);
  return {
    sections: [
      {
        title: `${corpus.name} (${corpus.format}), ${words} different words in training, ${known} of them known`,
        table: {
          columns: ["split", "pictures", "captions", "mean length", "longest", "cut", "unknown words %"],
          rows: captions.map((facts) => [
            facts.split,
            facts.pictures,
            facts.captions,
            facts.meanLength,
            facts.longest,
            facts.cut,
            facts.unknownWords,
          ]),
        },
      },
      {
        title: "pictures, in pixels",
        table: {
          columns: ["split", "width", "height", "unreadable"],
          rows: pictures.map(({ split, width, height, unreadable: lost }) => [
            split,
            span(width),
            span(height),
            lost.length,
          ]),
        },
      },
      ...(inTraining.length === 0
        ? []
        : [
            {
              title: "captions of training too, word for word",
              table: {
                columns: ["split", "captions"],
                rows: inTraining.map((facts) => [facts.split, facts.inTraining]),
              },
            },
          ]),
    ],
    warnings: [
      ...corpus.warnings,
      ...(unreadable.length === 0
        ? []
        : [`pictures that cannot be read: ${unreadable.length}, ${listed(unreadable)}.`]),
      ...shared.map(
        ({ splits, pictures: count }) =>
          `${splits.join(" and ")} share pictures of the same bytes: ${count}.`,
      ),
      ...captions.flatMap(({ split, cut }) =>
        cut === 0
          ? []
          : [`${split}: captions of more than text.maxWords = ${settings.text.maxWords} words: ${cut}.`],
      ),
    ],
    json: {
      name: corpus.name,
      format: corpus.format,
      vocabulary: { words, known },
      splits: Object.fromEntries(
        captions.map(({ split, ...facts }, index) => {
          const { width, height, unreadable: lost } = pictures[index] as (typeof pictures)[number];
          return [split, { ...facts, width, height, unreadable: lost }];
        }),
      ),
      shared,
    },
  };
}

function span({ least, most }: { readonly least: number; readonly most: number }): string {
  return least === most ? `${most}` : `${least} to ${most}`;
}

function listed(unreadable: readonly { readonly name: string; readonly error: string }[]): string {
  const names = unreadable.slice(0, named).map(({ name, error }) => `${name} (${error})`);
  const more = unreadable.length > named ? ` and ${unreadable.length - named} more` : "";
  return names.join(", ") + more;
}
