import type { Tensor2D } from "@tensorflow/tfjs-core";
import { disposePrepared, type PreparedMemory } from "../attention/index.js";
import type { Step, StepModel } from "../decoding/index.js";
import { holdConstant } from "../hold-constant.js";
import { tidied } from "../tidied.js";
import { type DecoderState, disposeState, mapState, selectState } from "./decoder-state.js";
import type { DecoderSource, TokenDecoder } from "./token-decoder.js";

/** The rows of a search: the state of the decoder, and which row of the memory each looks at. */
export interface TokenState {
  readonly decoder: DecoderState;
  readonly memory: PreparedMemory | undefined;
  readonly memoryOf: Int32Array;
}

/** A search over a batch of sources: the model to step, the state to start in, one row for each source. */
export interface TokenSearch {
  readonly model: StepModel<TokenState>;
  readonly state: TokenState;
  /** Frees the first state and what all states share; later states are freed by whoever stepped to them. */
  dispose(): void;
}

/** A search in which every row starts as its source says. */
export function startSearch(tokens: TokenDecoder, { memory, initialState }: DecoderSource): TokenSearch {
  const { decoder } = tokens;
  const rows = memory?.values.shape[0] ?? countRows(initialState);
  const prepared = memory && decoder.prepare(memory);
  const start = decoder.startState.bind(decoder, rows, memory?.values.shape[1] ?? 0);
  // Copies: the search owns its first state, the caller what it was made of.
  const first = tidied(() => mapState(start(initialState), (tensor) => tensor.clone()));
  // A shared table is nobody's parameter here.
  const release = holdConstant([...tokens.parameters().map(({ variable }) => variable), tokens.outputTable]);
  return {
    model: {
      vocabularySize: tokens.vocabularySize,
      step: (ids, state) => step(tokens, ids, state),
      select: ({ decoder: old, memoryOf, ...rest }, picked) => ({
        ...rest,
        decoder: selectState(old, picked),
        memoryOf: picked.map((row) => memoryOf[row] as number),
      }),
      dispose: (state) => {
        disposeState(state.decoder);
      },
    },
    state: { decoder: first, memory: prepared, memoryOf: Int32Array.from({ length: rows }, (_, row) => row) },
    dispose: () => {
      release();
      disposeState(first);
      if (prepared !== undefined) disposePrepared(prepared);
    },
  };
}

/** One step of every row: ids [R] in, the logits of the next [R, V] out. */
function step(
  tokens: TokenDecoder,
  ids: Int32Array,
  { decoder, memory, memoryOf }: TokenState,
): Step<TokenState> {
  const { logits, attention, next } = tidied(() => {
    const embedded = tokens.embedding.lookup(ids, [ids.length]) as Tensor2D; // [R, E]
    const options = memory === undefined ? {} : { memoryOf };
    const { output, alignment, state } = tokens.decoder.step(embedded, decoder, memory, options);
    return { logits: tokens.logits(output), attention: alignment, next: state };
  });
  const state = { decoder: next, memory, memoryOf };
  return { logits, state, ...(attention === undefined ? {} : { attention }) };
}

/** How many rows a search from this state has; 1 where nothing says so. */
function countRows(state: Partial<DecoderState> | undefined): number {
  const [first] = Object.values(state?.layers?.[0] ?? {});
  return (first ?? state?.feed)?.shape[0] ?? 1;
}
