export * from "./baseline.js";
export type { SlotModel } from "./model.js";
export * from "./scores.js";
export * from "./settings.js";
export { type SentenceTags } from "./tag-sentences.js";
export { bracketed, type FoundSlot, type TaggedText, type TaggedToken } from "./tagged.js";
export * from "./tagger.js";
export { type SlotVocabulary } from "./vocabulary.js";
