import { DataError } from "@timestep/base";
import { type Segmenter, segmenterFromJSON } from "@timestep/data";
import type { TranslationSettings } from "../settings.js";
import { formOf } from "./learn-sides.js";
import { Side, type Sides } from "./side.js";

/** Both sides as JSON, for `vocab.json`. Sides that share their units are written once. */
export function sidesToJson({ source, target }: Sides): object {
  const shared = source.segmenter === target.segmenter;
  return {
    from: source.form.language,
    to: target.form.language,
    source: source.segmenter.toJSON(),
    target: shared ? "source" : target.segmenter.toJSON(),
  };
}

/**
 * Reads what {@link sidesToJson} wrote.
 *
 * @throws {DataError} VOCAB_FORMAT, SEGMENT_FORMAT or SUBWORD_FORMAT when it is damaged or does not fit the settings.
 */
export function sidesFromJson(
  value: unknown,
  settings: Pick<TranslationSettings, "source" | "target">,
): Sides {
  if (typeof value !== "object" || value === null) throw damaged("it is no object");
  const json = value as Readonly<Record<string, unknown>>;
  const language = (name: string): string => {
    const code = json[name];
    if (typeof code !== "string") throw damaged(`"${name}" is no language`);
    return code;
  };
  const source = segmenterFromJson(json["source"], "source", settings);
  const target = json["target"] === "source" ? source : segmenterFromJson(json["target"], "target", settings);
  return {
    source: new Side(formOf(settings.source, language("from")), source),
    target: new Side(formOf(settings.target, language("to")), target),
  };
}

function segmenterFromJson(
  value: unknown,
  side: "source" | "target",
  settings: Pick<TranslationSettings, "source" | "target">,
): Segmenter {
  const segmenter = segmenterFromJSON(value);
  const { unit } = settings[side];
  if (segmenter.kind === unit) return segmenter;
  throw damaged(`its ${side} has ${segmenter.kind}, the settings say ${unit}`);
}

function damaged(what: string): DataError {
  return new DataError("VOCAB_FORMAT", `vocab.json holds no vocabulary of a translator: ${what}.`, {
    hint: "Use the file that was saved beside the model.",
  });
}
