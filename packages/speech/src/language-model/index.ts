export * from "./expected-texts.js";
export * from "./train-language-model.js";
export * from "./tune-language-model.js";
