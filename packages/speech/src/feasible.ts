import { DataError } from "@timestep/base";
import { ctcMinimumLength } from "@timestep/core";
import type { Utterance } from "./corpus/utterance.js";
import type { SpeechLabels } from "./labels/speech-labels.js";
import type { SpeechSettings } from "./settings.js";
import type { Listener } from "./sound/listener.js";

/** Utterances that can be learnt from, and how many were left out. */
export interface Feasible {
  readonly utterances: readonly Utterance[];
  readonly warnings: readonly string[];
}

/**
 * Finds utterances whose text needs more steps than their sound makes, or has labels that the network does not say,
 * and does with them what the settings say.
 *
 * @throws {DataError} SPEECH_TOO_SHORT naming the recording and its figures; SPEECH_ALPHABET.
 */
export function feasibleUtterances(
  utterances: readonly Utterance[],
  labels: SpeechLabels,
  listener: Listener,
  { infeasible, corpus }: Pick<SpeechSettings, "infeasible" | "corpus">,
): Feasible {
  const short: string[] = [];
  const strange: string[] = [];
  const kept = utterances.filter((utterance) => {
    const { id, text, seconds } = utterance;
    if (corpus.outside === "skip" && labels.unknown(text) !== undefined) {
      strange.push(id);
      return false;
    }
    const ids = labels.encode(text, id);
    const steps = listener.stepsOf(seconds);
    const least = ctcMinimumLength(ids);
    if (steps >= least) return true;
    if (infeasible === "error") throw tooShort(utterance, { steps, labels: ids.length, least });
    short.push(id);
    return infeasible === "zero";
  });
  const warnings: string[] = [];
  const count = (names: readonly string[], one: string, more: string): string =>
    `${names.length} ${names.length === 1 ? one : more}, first ${names[0] ?? ""}`;
  if (short.length > 0) {
    const what = count(
      short,
      "recording is too short for its text",
      "recordings are too short for their texts",
    );
    warnings.push(`${what}: ${infeasible === "zero" ? "nothing is learnt from them" : "left out"}.`);
  }
  if (strange.length > 0)
    warnings.push(`${count(strange, "text has", "texts have")} labels that training has not: left out.`);
  return { utterances: kept, warnings };
}

function tooShort(
  { id, text, seconds, where }: Utterance,
  { steps, labels, least }: { readonly steps: number; readonly labels: number; readonly least: number },
): DataError {
  return new DataError(
    "SPEECH_TOO_SHORT",
    `${where.file}:${where.line}: "${id}" of ${seconds.toFixed(2)} s makes ${steps} steps of the network, but ${JSON.stringify(text)} needs ${least} (${labels} labels + ${least - labels} repeats).`,
    {
      hint: 'Correct the text, use a smaller model.subsampling.stride, or leave such recordings out with infeasible "skip".',
    },
  );
}
