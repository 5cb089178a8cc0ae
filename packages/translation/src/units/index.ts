export * from "./learn-sides.js";
export * from "./saved-sides.js";
export * from "./side.js";
