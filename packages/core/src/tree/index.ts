export * from "./child-sum-tree-lstm-cell.js";
export * from "./nary-tree-lstm-cell.js";
export * from "./plan.js";
export * from "./recursive-cell.js";
export * from "./tree.js";
export * from "./tree-cell.js";
export * from "./tree-layer.js";
