import type { Random } from "@timestep/base";
import {
  argMax,
  cast,
  cumsum,
  customGrad,
  gather,
  less,
  minimum,
  reshape,
  scalar,
  slice,
  softmax,
  stack,
  sum,
  type Tensor,
  tensor2d,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { tidied } from "../tidied.js";
import type { TargetBatch } from "./targets.js";
import type { DecoderSource, TokenDecoder } from "./token-decoder.js";

/** How a decoder's own tokens come among the inputs that it learns from. */
export interface InputMixing {
  /** ε: the chance of each input to be the true token. 0 runs freely. */
  readonly trueTokens: number;
  /** Which of its tokens it reads: the likeliest, or one drawn from its distribution. Default "best". */
  readonly choice?: "best" | "drawn";
  readonly random: Random;
}

/**
 * The inputs of a batch, [B, T] ids, in which true tokens give way to what the decoder itself says at that place after
 * the inputs chosen so far: a coin for each token. The first input stays what it is. The steps run without dropout and
 * leave no gradients, and nothing is read back from the engine on the way.
 *
 * @see Bengio et al. 2015, arXiv:1506.03099, section 2.3.
 */
export function mixedInputs(
  decoder: TokenDecoder,
  { batch, time, inputs }: TargetBatch,
  { memory, memoryOf, initialState }: DecoderSource,
  { trueTokens, choice = "best", random }: InputMixing,
): Tensor2D {
  return withoutGradient(() => {
    const given = tensor2d(inputs, [batch, time], "int32");
    const column = (t: number): Tensor1D => reshape(slice(given, [0, t], [-1, 1]), [batch]);
    const coins = Array.from({ length: time }, () =>
      Uint8Array.from({ length: batch }, () => (random.uniform() < trueTokens ? 0 : 1)),
    );
    const prepared = memory && decoder.decoder.prepare(memory);
    let state = decoder.decoder.startState(batch, memory?.values.shape[1] ?? 0, initialState);
    const columns = [column(0)];
    for (let t = 1; t < time; t++) {
      const next = tidied(() => {
        const embedded = gather(decoder.embedding.table, columns.at(-1) as Tensor1D); // [B, E]
        const step = decoder.decoder.step(
          embedded,
          state,
          prepared,
          memoryOf === undefined ? {} : { memoryOf },
        );
        const logits = decoder.logits(step.output);
        const own = choice === "best" ? (argMax(logits, 1) as Tensor1D) : drawnTokens(logits, random);
        const token = where(tensor1d(coins[t] as Uint8Array, "bool"), cast(own, "int32"), column(t));
        return { state: step.state, token: cast(token, "int32") };
      });
      state = next.state;
      columns.push(next.token);
    }
    return stack(columns, 1) as Tensor2D;
  });
}

/** A token of each row, drawn by its probability: the place where the running sum of them passes a number in [0, 1). */
function drawnTokens(logits: Tensor2D, random: Random): Tensor1D {
  const [rows, classes] = logits.shape;
  const marks = tensor2d(
    Array.from({ length: rows }, () => random.uniform()),
    [rows, 1],
  );
  const passed = cast(less(cumsum(softmax(logits), 1), marks), "int32"); // [R, V]
  return minimum(sum(passed, 1), scalar(classes - 1, "int32"));
}

/** What `make` gives, as a constant: nothing in it is recorded for gradients. */
function withoutGradient<T extends Tensor>(make: () => T): T {
  const constant = customGrad((x) => ({ value: make(), gradFunc: () => zerosLike(x as Tensor) }));
  return constant(scalar(0)) as T;
}
