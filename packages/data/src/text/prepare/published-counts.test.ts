import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { prepareText } from "./text-form.js";

const folder = process.env["TIMESTEP_DATA"];

/** Words of the tokenised files as Multi30k publishes them: lower-cased, normalised and tokenised by Moses. */
const PUBLISHED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  val: { en: 13_308, de: 12_828, fr: 14_381 },
  test_2016_flickr: { en: 12_968, de: 12_103, fr: 13_988 },
  test_2017_flickr: { en: 11_376, de: 10_758, fr: 12_596 },
};

describe.skipIf(folder === undefined)(
  "published counts of words (set TIMESTEP_DATA to the folder with multi30k)",
  () => {
    for (const [split, languages] of Object.entries(PUBLISHED)) {
      it.each(Object.entries(languages))(
        `${split}, %s: within one word in 2000 of %i`,
        (language, published) => {
          const bytes = gunzipSync(readFileSync(join(folder ?? "", "multi30k", `${split}.${language}.gz`)));
          const form = { language, words: "sentence", lowercase: true, normalise: true } as const;
          const sentences = bytes.toString().trimEnd().split("\n");
          const words = sentences.reduce((sum, text) => sum + prepareText(text, form).words.length, 0);
          // Eight of the nine counts agree to at most one word, French of 2017 to six.
          expect(Math.abs(words - published) / published).toBeLessThan(1 / 2000);
        },
      );
    }
  },
);
