export * from "./audio/index.js";
export * from "./batch/buckets.js";
export * from "./batch/pad.js";
export * from "./corpus/corpus.js";
export * from "./corpus/from-brackets.js";
export * from "./corpus/labelled-facts.js";
export * from "./corpus/labelled-tree.js";
export * from "./corpus/labelled-trees.js";
export {
  type LabelledCorpus,
  type LabelledFormat,
  type LabelledText,
  type Where,
} from "./corpus/labelled.js";
export * from "./corpus/read-labelled.js";
export * from "./corpus/read-tagged.js";
export * from "./corpus/read-tree-corpus.js";
export * from "./corpus/read-trees.js";
export * from "./corpus/split-texts.js";
export * from "./corpus/tag-schemes.js";
export * from "./corpus/tree-text.js";
export * from "./io/read-text.js";
export * from "./io/source.js";
export * from "./parallel/divide-pairs.js";
export * from "./parallel/parallel-corpus.js";
export * from "./parallel/parallel-facts.js";
export * from "./parallel/read-parallel.js";
export * from "./segment/character-units.js";
export { type LearntMerges, type MergeOptions } from "./segment/learn-merges.js";
export { type UnitOptions, type UnitsJson } from "./segment/learnt-units.js";
export * from "./segment/segmenter-from-json.js";
export { BOS, type EncodeOptions, EOS, FIRST_UNIT, type Piece, type Segmenter } from "./segment/segmenter.js";
export { type SubwordsJson } from "./segment/subwords-json.js";
export * from "./segment/subwords.js";
export * from "./segment/word-units.js";
export * from "./text/label-set.js";
export * from "./text/prepare/text-form.js";
export * from "./text/shape.js";
export * from "./text/tokenise.js";
export * from "./text/vocabulary.js";
export * from "./text/word-keys.js";
export * from "./text/word-vectors.js";
