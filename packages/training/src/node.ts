export { type EnvironmentFacts, recordEnvironment } from "./environment.js";
export { openDataSource } from "./data-folder.js";
export { RunFolder } from "./run-folder.js";
export { writeWhole } from "./write-whole.js";
