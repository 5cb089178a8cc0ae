export { ctcBestPath } from "./best-path.js";
export { collapse, ctcFeasible, ctcMinimumLength } from "./labels.js";
export { ctcLoss, type CtcOptions, type CtcPath, type Infeasible, infeasibleChoices } from "./loss.js";
