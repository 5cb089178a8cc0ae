export { type NeighbourScores, scoreNeighbours, type SpokenVector } from "./neighbours.js";
export { SpokenWordEmbedder } from "./spoken-word-embedder.js";
