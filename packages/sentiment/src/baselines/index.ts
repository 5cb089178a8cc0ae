export * from "./majority.js";
