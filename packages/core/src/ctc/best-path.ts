import { DataError } from "@timestep/base";
import { type Tensor3D } from "@tensorflow/tfjs-core";
import { checkFrames, checkReadable } from "./checks.js";
import { collapse, trim } from "./labels.js";

/**
 * Greedy decoding: the likeliest class of each frame, repeats merged and blanks removed. It is the best path, not
 * always the best labelling: a labelling adds up the probabilities of many paths.
 *
 * **Shapes.** `logits` [B, T, C] -> one list of labels per row; ties go to the lower class. Frames at or after a row's
 * length are not read, and a row of length 0 has no labels.
 *
 * @throws {ShapeError} CTC_LOGITS_RANK, CTC_LENGTHS.
 * @throws {ConfigError} CTC_BLANK.
 * @throws {DataError} CTC_NOT_FINITE when a frame within a row's length holds NaN.
 * @throws {EngineError} CTC_ENGINE on an engine that cannot read tensors synchronously.
 * @see Graves et al. 2006, doi:10.1145/1143844.1143891, section 3.2 (best path decoding).
 */
export function ctcBestPath(
  logits: Tensor3D,
  { lengths, blank = 0 }: { readonly lengths: readonly number[]; readonly blank?: number },
): number[][] {
  checkFrames(logits, lengths, blank);
  return likeliestClasses(logits, lengths, "ctcBestPath").map((path) => collapse(path, blank));
}

/**
 * The older decoding, for comparison and for models that were trained without a blank (`blank: null`): the likeliest
 * class of each frame, blanks dropped, then repeats merged. It never gives the same label twice in a row.
 *
 * Shapes and errors are those of {@link ctcBestPath}.
 */
export function trimmedPath(
  logits: Tensor3D,
  { lengths, blank = 0 }: { readonly lengths: readonly number[]; readonly blank?: number | null },
): number[][] {
  checkFrames(logits, lengths, blank ?? 0);
  return likeliestClasses(logits, lengths, "trimmedPath").map((path) => trim(path, blank));
}

function likeliestClasses(logits: Tensor3D, lengths: readonly number[], what: string): number[][] {
  checkReadable(what);
  const [, time, classes] = logits.shape;
  const values = logits.dataSync<"float32">();
  return lengths.map((length, b) =>
    Array.from({ length }, (_, t) => {
      const frame = values.subarray((b * time + t) * classes, (b * time + t + 1) * classes);
      const wrong = frame.findIndex(Number.isNaN);
      if (wrong >= 0) {
        throw new DataError("CTC_NOT_FINITE", `row ${b}: the logit of class ${wrong} in frame ${t} is NaN.`, {
          hint: "Look for what made it: a diverged model or a broken input.",
        });
      }
      return frame.reduce((best, value, k) => (value > (frame[best] as number) ? k : best), 0);
    }),
  );
}
