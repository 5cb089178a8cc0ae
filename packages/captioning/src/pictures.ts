export { type Extracted, type ExtractOptions, type ExtractProgress } from "./pictures/extract-each.js";
export {
  type ExtractedFeatures,
  type ExtractedMeans,
  extractFeatures,
  extractMeans,
  type ExtractMeansOptions,
} from "./pictures/extract-features.js";
export { FeatureCache } from "./pictures/feature-cache.js";
export { type Fit, pictureSize, readPicture, type ReadPictureOptions } from "./pictures/read-picture.js";
export { lookAt, type LookOptions, type SeenPictures } from "./pictures/look.js";
export { readCaptionCorpus } from "./pictures/read-corpus.js";
export { type CaptionedPicture, holdsSheets, readSheets } from "./pictures/read-sheets.js";
