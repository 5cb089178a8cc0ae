import { ConfigError } from "@timestep/base";
import {
  CharacterUnits,
  type PreparedText,
  prepareText,
  type Segmenter,
  type SentencePair,
  Subwords,
  type TextForm,
  WordUnits,
} from "@timestep/data";
import type { TranslationSettings } from "../settings.js";
import { Side, type Sides } from "./side.js";

/** Which language each side is in. */
export interface Languages {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * Learns the units of both sides from training pairs.
 *
 * @throws {ConfigError} TRANSLATION_TIED when vectors are to be shared by sides that have other units.
 * @throws {DataError} SUBWORD_NO_TEXT when there is no text.
 */
export function learnSides(
  examples: readonly SentencePair[],
  settings: TranslationSettings,
  { from, to }: Languages,
): Sides {
  const forms = { source: formOf(settings.source, from), target: formOf(settings.target, to) };
  const texts = {
    source: examples.map((example) => prepareText(example.source, forms.source).text),
    target: examples.map((example) => prepareText(example.target, forms.target).text),
  };
  const made = isJoint(settings) ? learnJointly(texts, settings) : learnApart(texts, settings);
  return { source: new Side(forms.source, made.source), target: new Side(forms.target, made.target) };
}

/** The texts of each side in the form that the model sees, before there are units. */
export function sidesOf(
  settings: Pick<TranslationSettings, "source" | "target">,
  { from, to }: Languages,
): Readonly<Record<"source" | "target", { prepare(text: string): PreparedText }>> {
  const forms = { source: formOf(settings.source, from), target: formOf(settings.target, to) };
  return {
    source: { prepare: (text) => prepareText(text, forms.source) },
    target: { prepare: (text) => prepareText(text, forms.target) },
  };
}

/** The form in which the model sees the texts of a side. */
export function formOf(
  { words, lowercase, normalise }: TranslationSettings["source"],
  language: string | undefined,
): TextForm {
  return { language: languageCode(language ?? ""), words, lowercase, normalise };
}

/** Codes of three letters whose languages are treated by their code of two. */
const shortCodes: Readonly<Record<string, string>> = {
  cmn: "zh",
  deu: "de",
  eng: "en",
  fra: "fr",
  ger: "de",
  jpn: "ja",
  zho: "zh",
};

/** `en` of `en`, `eng`, `en-GB` and `EN_us`; languages that have no rules of their own get the common ones. */
function languageCode(name: string): string {
  const [code = ""] = name.toLowerCase().split(/[-_]/);
  return Object.hasOwn(shortCodes, code) ? (shortCodes[code] as string) : code;
}

type Texts = Readonly<Record<"source" | "target", readonly string[]>>;
type Segmenters = Readonly<Record<"source" | "target", Segmenter>>;

function isJoint({ text, source, target, model }: TranslationSettings): boolean {
  const joint = text.joint && source.unit === "subwords" && target.unit === "subwords";
  if (model.embedding.tied !== "all" || joint) return joint;
  throw new ConfigError(
    "TRANSLATION_TIED",
    `model.embedding.tied is "all", and the sides have units of their own: ${source.unit} and ${target.unit}${text.joint ? "" : ", learnt apart"}.`,
    { hint: 'Use subwords on both sides with text.joint, or set model.embedding.tied to "output".' },
  );
}

/** One set of merges; each side keeps the pieces that its own texts have, unless both share their vectors. */
function learnJointly({ source, target }: Texts, settings: TranslationSettings): Segmenters {
  const subwords = Subwords.learn(both(source, target), {
    merges: settings.source.size,
    minFrequency: settings.source.minCount,
  });
  if (settings.model.embedding.tied === "all") return { source: subwords, target: subwords };
  return {
    source: subwords.restrictedTo(source, settings.source.minCount),
    target: subwords.restrictedTo(target, settings.target.minCount),
  };
}

function learnApart(texts: Texts, settings: TranslationSettings): Segmenters {
  return {
    source: learnSide(texts.source, settings.source),
    target: learnSide(texts.target, settings.target),
  };
}

function learnSide(
  texts: readonly string[],
  { unit, size, minCount }: TranslationSettings["source"],
): Segmenter {
  switch (unit) {
    case "subwords":
      return Subwords.learn(texts, { merges: size, minFrequency: minCount });
    case "words":
      return WordUnits.learn(texts, { maxSize: size, minCount });
    case "characters":
      return CharacterUnits.learn(texts, { maxSize: size, minCount });
  }
}

function* both(...lists: readonly (readonly string[])[]): Generator<string> {
  for (const list of lists) yield* list;
}
