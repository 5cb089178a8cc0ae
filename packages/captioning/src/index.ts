export { type GridFeatures, PackedFeatures, pictureFeatures } from "./features/grid-features.js";
export { MobileNet, type PictureTensors } from "./mobilenet/mobilenet.js";
export { type Picture } from "./picture.js";
