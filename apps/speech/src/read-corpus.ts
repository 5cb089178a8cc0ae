import { type EvaluateRequest } from "@timestep/cli-kit";
import { readSpeechCorpus, type SpeechCorpus, type SpeechSettings } from "@timestep/speech";

/** The corpus of a request, read as the settings of a run say, but for its format. */
export function readCorpusOf(
  { data, format }: Pick<EvaluateRequest, "data" | "format">,
  settings: SpeechSettings,
): Promise<SpeechCorpus> {
  return readSpeechCorpus(data, {
    ...settings,
    format: (format ?? settings.format) as SpeechSettings["format"],
  });
}
