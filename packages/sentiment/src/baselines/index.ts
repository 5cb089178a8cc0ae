export * from "./classifier.js";
export * from "./majority.js";
export * from "./naive-bayes.js";
export * from "./nb-svm.js";
export * from "./train-baselines.js";
export * from "./word-list.js";
