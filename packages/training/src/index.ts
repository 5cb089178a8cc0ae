// Reports are in `@timestep/training/report`: the plotting library takes longer to load than all the rest.
export { Adam } from "./adam.js";
export { WeightAverage, type WeightAverageState } from "./averaging.js";
export { clipScale, norms } from "./gradients.js";
export {
  createOptimiser,
  type Optimiser,
  type OptimiserState,
  type StepSize,
  type Weight,
} from "./optimiser.js";
export { loadModel, readSettings } from "./load-run.js";
export {
  type Environment,
  loadWeights,
  readConfig,
  readJson,
  readRunConfig,
  type RunConfig,
  runFiles,
  runFormatVersion,
  saveWeights,
  writeConfig,
  writeEnvironment,
  writeJson,
} from "./run.js";
export { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from "./safetensors.js";
export { samplingKinds, type SamplingSettings, samplingSettings, trueShare } from "./scheduled-sampling.js";
export {
  learningRateAt,
  plateauAfter,
  plateauStart,
  type PlateauState,
  type SchedulePosition,
} from "./schedule.js";
export {
  type CheckpointMeanSettings,
  type OptimiserSettings,
  type ScheduleSettings,
  type TrainingDefaults,
  type TrainingSettings,
  trainingSettings,
  trainingSettingsWith,
} from "./settings.js";
export { Sgd } from "./sgd.js";
export { checkFileName, type FileStore, MemoryStore } from "./store.js";
export { train, type TrainOptions } from "./train.js";
export type {
  Evaluation,
  EvaluationRecord,
  StopReason,
  Trainee,
  TrainingOutcome,
  TrainingProgress,
} from "./trainee.js";
