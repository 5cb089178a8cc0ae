export { batched } from "./batched.js";
export { expandGlob } from "./expand-glob.js";
export { exitCodes } from "./failure.js";
export { type OwnFlags } from "./flag-names.js";
export {
  choiceFlag,
  dashed,
  type Drawn,
  drawnByFlags,
  numberFlag,
  numbersFlag,
  wholeFlag,
} from "./flag-values.js";
export { type FoundData, findData, type DataLookup } from "./find-data.js";
export { type OutputStream, processIo, type ProgramIo } from "./io.js";
export { type ProgressFigures, type ProgressReporter, silentProgress } from "./output/progress.js";
export { type Cell, formatTable, type Table } from "./output/table.js";
export type { OwnVerb, OwnVerbFlag, RunVerb, TextSource, TextVerb, TextVerbRequest } from "./own-verb.js";
export type {
  Baseline,
  CommonSettings,
  EvaluateRequest,
  InputItem,
  InspectDataRequest,
  Inspection,
  Prediction,
  PredictRequest,
  Report,
  SettingFlag,
  TaskFlag,
  TaskProgram,
  TrainRequest,
} from "./program.js";
export { runProgram } from "./run-program.js";
export { type ConfigSource, resolveSettings } from "./settings/resolve.js";
