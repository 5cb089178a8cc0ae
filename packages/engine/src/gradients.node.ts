// TF.js's CommonJS build of tfjs-core leaves the gradients of its operations out, and the deep import that registers
// them cannot be loaded by Node. tfjs-layers carries them; nothing else of it is used (docs/adr/0001).
import "@tensorflow/tfjs-layers";
