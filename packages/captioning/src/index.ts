export * from "./baselines/baseline-captions.js";
export * from "./captioner.js";
export {
  type CaptionCorpus,
  type CaptionExample,
  type CaptionFormat,
  captionFormats,
} from "./corpus/caption-corpus.js";
export { readCaptions, type ReadCaptionsOptions } from "./corpus/read-captions.js";
export { type GridFeatures, PackedFeatures, pictureFeatures } from "./features/grid-features.js";
export { MeanTable, type PictureTable, PixelTable } from "./features/picture-table.js";
export { MobileNet, type PictureTensors } from "./mobilenet/mobilenet.js";
export { type CaptionModel, looksAtPlaces } from "./model.js";
export { type Picture } from "./picture.js";
export { type PictureKind } from "./saved.js";
export * from "./scores.js";
export type { Sampling } from "./search.js";
export * from "./settings.js";
export { CaptionVocabulary } from "./vocabulary.js";
