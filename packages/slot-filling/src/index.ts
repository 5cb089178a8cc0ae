export * from "./baseline.js";
export type { SlotModel } from "./model.js";
export * from "./scores.js";
export * from "./settings.js";
export * from "./tagged.js";
export * from "./tagger.js";
export { type SlotVocabulary } from "./vocabulary.js";
