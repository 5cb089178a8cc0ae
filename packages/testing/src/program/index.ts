export * from "./program.js";
export * from "./workplace.js";
export * from "./trainings.js";
