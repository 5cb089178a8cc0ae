// Bundlers can take the gradients from where they live.
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
