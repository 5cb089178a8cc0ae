export {
  type Neighbour,
  nearestNeighbours,
  type NeighbourScores,
  scoreNeighbours,
  type SpokenVector,
  standardiser,
} from "./neighbours.js";
export { type PrincipalPlane, principalPlane } from "./principal-plane.js";
export { SpokenWordEmbedder } from "./spoken-word-embedder.js";
