export * from "./word-dictionary.js";
