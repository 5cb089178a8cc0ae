import { z } from "zod";

/** Defaults of {@link trainingSettings} that a task wants different. */
export interface TrainingDefaults {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly clipNorm?: number;
  readonly averaging?: number;
  readonly patience?: number;
  readonly checkpointMean?: Partial<CheckpointMeanSettings>;
  readonly optimiser?: Partial<OptimiserSettings>;
  readonly schedule?: Partial<ScheduleSettings>;
}

const optimiserKinds = ["adam", "sgd"] as const;
const scheduleKinds = ["constant", "plateau", "warmup", "noam", "cosine", "linear"] as const;

/** How steps are taken from gradients. */
export interface OptimiserSettings {
  readonly kind: (typeof optimiserKinds)[number];
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** How the learning rate moves over training. */
export interface ScheduleSettings {
  readonly kind: (typeof scheduleKinds)[number];
  readonly warmupSteps: number;
  readonly factor: number;
  readonly patience: number;
  readonly minimum: number;
}

/** The mean of several evaluations' weights that is tried when training ends. */
export interface CheckpointMeanSettings {
  readonly count: number;
  readonly of: "best" | "last";
}

function optimiserSchema(defaults: Partial<OptimiserSettings>) {
  const fraction = z.number().min(0).lt(1);
  return z
    .strictObject({
      kind: z
        .enum(optimiserKinds)
        .default(defaults.kind ?? "adam")
        .describe("Update rule: adam (with decoupled weight decay) or sgd (with momentum)"),
      learningRate: z
        .number()
        .positive()
        .default(defaults.learningRate ?? 0.001)
        .describe("Highest learning rate; the schedule scales it"),
      beta1: fraction.default(defaults.beta1 ?? 0.9).describe("adam: decay of the mean of gradients"),
      beta2: fraction
        .default(defaults.beta2 ?? 0.999)
        .describe("adam: decay of the mean of squared gradients"),
      epsilon: z
        .number()
        .positive()
        .default(defaults.epsilon ?? 1e-8)
        .describe("adam: added to the root of the squared mean"),
      weightDecay: z
        .number()
        .min(0)
        .default(defaults.weightDecay ?? 0)
        .describe("Decoupled weight decay per unit of learning rate; biases are spared; 0 turns it off"),
      momentum: fraction
        .default(defaults.momentum ?? 0.9)
        .describe("sgd: share of the last step kept; 0 is plain sgd"),
      nesterov: z
        .boolean()
        .default(defaults.nesterov ?? false)
        .describe("sgd: look ahead along the momentum before stepping"),
    })
    .superRefine((settings, context) => {
      if (settings.kind === "sgd" && settings.nesterov && settings.momentum === 0) {
        context.addIssue({
          code: "custom",
          path: ["nesterov"],
          message: "nesterov needs a momentum above 0",
        });
      }
    });
}

function scheduleSchema(defaults: Partial<ScheduleSettings>) {
  return z
    .strictObject({
      kind: z
        .enum(scheduleKinds)
        .default(defaults.kind ?? "constant")
        .describe(
          "Learning rate over time: constant, plateau (falls when the score stalls), warmup (rises, then holds), " +
            "noam (rises, then falls with the root of the step), cosine or linear (fall to the minimum by the last epoch)",
        ),
      warmupSteps: z
        .number()
        .int()
        .min(0)
        .default(defaults.warmupSteps ?? 0)
        .describe(
          "Steps over which the rate rises from near 0, whatever the kind; warmup and noam need at least 1",
        ),
      factor: z
        .number()
        .gt(0)
        .lt(1)
        .default(defaults.factor ?? 0.5)
        .describe("plateau: what the rate is multiplied by"),
      patience: z
        .number()
        .int()
        .min(1)
        .default(defaults.patience ?? 3)
        .describe("plateau: evaluations without a better score before the rate falls"),
      minimum: z
        .number()
        .min(0)
        .default(defaults.minimum ?? 0)
        .describe("plateau, cosine, linear: the rate falls no lower than this"),
    })
    .superRefine((settings, context) => {
      if ((settings.kind === "warmup" || settings.kind === "noam") && settings.warmupSteps < 1) {
        context.addIssue({
          code: "custom",
          path: ["warmupSteps"],
          message: `the ${settings.kind} schedule needs warmupSteps of at least 1`,
        });
      }
    });
}

/**
 * The schema of a task's `training` settings with the task's own defaults; `{}` gives all of them.
 *
 * @example
 * ```ts
 * const schema = z.strictObject({ training: trainingSettingsWith({ epochs: 30 }).prefault({}) });
 * schema.parse({}).training.epochs; // 30
 * ```
 */
export function trainingSettingsWith(defaults: TrainingDefaults) {
  return z.strictObject({
    epochs: z
      .number()
      .int()
      .min(1)
      .default(defaults.epochs ?? 10)
      .describe("Passes over the training split"),
    batchSize: z
      .number()
      .int()
      .min(1)
      .default(defaults.batchSize ?? 32)
      .describe("Examples per step"),
    maxTokens: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe("Tokens per step, padding included; smaller batches are made of longer examples"),
    optimiser: optimiserSchema(defaults.optimiser ?? {})
      .prefault({})
      .describe("How steps are taken"),
    clipNorm: z
      .number()
      .min(0)
      .default(defaults.clipNorm ?? 5)
      .describe("Gradients are scaled down to this global norm; 0 turns it off"),
    schedule: scheduleSchema(defaults.schedule ?? {})
      .prefault({})
      .describe("Learning rate over time"),
    averaging: z
      .number()
      .min(0)
      .lt(1)
      .default(defaults.averaging ?? 0)
      .describe("Decay of the moving average of weights that is evaluated and saved; 0 turns it off"),
    patience: z
      .number()
      .int()
      .min(0)
      .default(defaults.patience ?? 0)
      .describe("Evaluations without a better score before training stops; 0 turns it off"),
    keepBest: z.number().int().min(1).max(100).default(1).describe("Number of best checkpoints kept"),
    checkpointMean: z
      .strictObject({
        count: z
          .number()
          .int()
          .min(0)
          .max(100)
          .default(defaults.checkpointMean?.count ?? 0)
          .describe("Evaluations whose weights' mean is scored when training ends; below 2 there is none"),
        of: z
          .enum(["best", "last"])
          .default(defaults.checkpointMean?.of ?? "best")
          .describe("Which evaluations: those with the best scores or the last ones"),
      })
      .prefault({})
      .describe("Mean of several checkpoints, saved as the model when it scores better than each of them"),
    evaluateEvery: z.number().int().min(1).default(1).describe("Epochs between evaluations"),
    onNotFinite: z
      .enum(["stop", "skip"])
      .default("stop")
      .describe("When a loss or gradient is not finite: stop, or skip the step (10 in a row at most)"),
  });
}

/** Schema of the settings that every task shares under its `training` key, with defaults and help texts. */
export const trainingSettings = trainingSettingsWith({});

/** Settings of a training run, all defaults filled in. */
export type TrainingSettings = z.infer<typeof trainingSettings>;
