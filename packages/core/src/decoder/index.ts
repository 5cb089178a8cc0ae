export { AttentionDecoder } from "./attention-decoder.js";
export {
  type Attend,
  type AttentionDecoderOptions,
  type DecodeOptions,
  type DecodeResult,
  type DecoderPath,
  type DecodeStep,
} from "./decoder-options.js";
export { type DecoderState, disposeState, selectState } from "./decoder-state.js";
export type { InputMixing } from "./free-running.js";
export * from "./initial-state.js";
export * from "./scheduled-sampling.js";
export * from "./targets.js";
export * from "./token-decoder.js";
export type { TokenSearch, TokenState } from "./token-search.js";
