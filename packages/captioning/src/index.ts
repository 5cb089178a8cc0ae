export { MobileNet, type PictureTensors } from "./mobilenet/mobilenet.js";
export { type Picture } from "./picture.js";
