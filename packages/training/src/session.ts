import { Random, TrainingError } from "@timestep/base";
import { type Values } from "@timestep/core";
import { WeightAverage } from "./averaging.js";
import { type Checkpoint, type Position } from "./checkpoint.js";
import { assignParameters, clipScale, lossGradients, norms, type TrainedParameter } from "./gradients.js";
import { createOptimiser, type Optimiser } from "./optimiser.js";
import { learningRateAt, plateauStart } from "./schedule.js";
import { type TrainingSettings } from "./settings.js";
import { type Trainee } from "./trainee.js";

/** Steps that may be skipped in a row before training is given up. */
const skipLimit = 10;

/** What one step measured. */
export interface StepMeasures {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly skipped: boolean;
}

/**
 * The arrays and the position of a training run, moved forward one batch at a time.
 *
 * The values here lead; variables on the engine follow. Every random number is derived from the state at the start,
 * the epoch and the batch, so the position alone says which numbers come next.
 */
export class Session<Batch> {
  position: Position;
  private readonly optimiser: Optimiser;
  private readonly average: WeightAverage | undefined;

  constructor(
    private readonly trainee: Trainee<Batch>,
    private readonly settings: TrainingSettings,
    private readonly parameters: readonly TrainedParameter[],
    random: Random,
  ) {
    this.optimiser = createOptimiser(settings.optimiser);
    this.average = settings.averaging > 0 ? new WeightAverage(settings.averaging, parameters) : undefined;
    this.position = {
      random: random.state(),
      epoch: 0,
      batch: 0,
      step: 0,
      skipped: 0,
      skippedInARow: 0,
      learningRate: null,
      plateau: plateauStart,
      sinceBest: 0,
      tally: { steps: 0, loss: 0, gradientNorm: 0 },
      best: [],
      history: [],
      minutes: 0,
    };
  }

  /** Goes on from a checkpoint that has been checked against these parameters and settings. */
  restore(checkpoint: Checkpoint): void {
    this.position = checkpoint.position;
    this.optimiser.restore(checkpoint.optimiser);
    if (checkpoint.average !== undefined) this.average?.restore(checkpoint.average);
    for (const { path, data } of this.parameters) data.set((checkpoint.weights.get(path) as Values).data);
    assignParameters(this.parameters);
  }

  /** Everything needed to go on from here, not copied. */
  checkpoint(): Checkpoint {
    return {
      settings: this.settings,
      position: this.position,
      weights: new Map(this.parameters.map(({ path, shape, data }) => [path, { shape, data }])),
      optimiser: this.optimiser.state(),
      average: this.average?.state(),
    };
  }

  /** The weights that are evaluated and saved, not copied: averaged ones where averaging is on. */
  shown(): ReadonlyMap<string, Values> {
    return this.average?.state().values ?? this.checkpoint().weights;
  }

  /** Puts weights into the model. */
  show(weights: ReadonlyMap<string, Values>): void {
    assignParameters(this.parameters, ({ path }) => (weights.get(path) as Values).data);
  }

  /** Puts the weights that are being trained back into the model. */
  hide(): void {
    if (this.average !== undefined) assignParameters(this.parameters);
  }

  /**
   * The batches of the epoch under way.
   *
   * @throws {TrainingError} TRAINING_NO_BATCHES when there are none.
   */
  batches(): readonly Batch[] {
    const { epoch } = this.position;
    const batches = this.trainee.epoch(epoch, this.random("order", epoch));
    if (batches.length === 0) {
      throw new TrainingError("TRAINING_NO_BATCHES", `epoch ${epoch + 1} has no batches.`, {
        hint: "The training split is empty, or every example was left out; look at it with inspect --data.",
      });
    }
    return batches;
  }

  /** Trains on the next batch of the epoch. */
  async step(batches: readonly Batch[]): Promise<StepMeasures> {
    const { epoch, batch: index, step, plateau } = this.position;
    const planned = batches[index] as Batch;
    const random = this.random("batch", epoch).fork(index);
    const batch = (await this.trainee.prepare?.(planned, random.fork("prepare"))) ?? planned;
    const { loss, gradients } = await lossGradients(() => this.trainee.loss(batch, random), this.parameters);
    const normByParameter = norms(gradients);
    const gradientNorm = Math.hypot(...normByParameter);
    const progress = (epoch + index / batches.length) / this.settings.epochs;
    const { optimiser, schedule, clipNorm } = this.settings;
    const learningRate = learningRateAt(optimiser.learningRate, schedule, { step, progress }, plateau);
    const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    if (finite) {
      const gradientScale = clipScale(gradientNorm, clipNorm);
      this.optimiser.step(this.parameters, gradients, { learningRate, gradientScale });
      this.average?.update(this.parameters);
      assignParameters(this.parameters);
    } else if (this.settings.onNotFinite === "stop" || this.position.skippedInARow >= skipLimit) {
      throw this.notFinite(batch, loss, gradientNorm, normByParameter);
    }
    this.advance({ loss, gradientNorm, learningRate, skipped: !finite });
    return { loss, gradientNorm, learningRate, skipped: !finite };
  }

  private advance({ loss, gradientNorm, learningRate, skipped }: StepMeasures): void {
    const { position } = this;
    const { tally } = position;
    this.position = {
      ...position,
      batch: position.batch + 1,
      step: position.step + 1,
      skipped: position.skipped + (skipped ? 1 : 0),
      skippedInARow: skipped ? position.skippedInARow + 1 : 0,
      learningRate,
      tally: skipped
        ? tally
        : {
            steps: tally.steps + 1,
            loss: tally.loss + loss,
            gradientNorm: tally.gradientNorm + gradientNorm,
          },
    };
  }

  private random(purpose: string, epoch: number): Random {
    return new Random(this.position.random).fork(`${purpose} ${epoch}`);
  }

  private notFinite(batch: Batch, loss: number, gradientNorm: number, normByParameter: readonly number[]) {
    const { epoch, batch: index, skippedInARow } = this.position;
    const listed = this.parameters
      .map(({ path }, i) => ({ path, norm: normByParameter[i] as number }))
      .sort((a, b) => rank(b.norm) - rank(a.norm))
      .slice(0, 12)
      .map(({ path, norm }) => `${path} ${Number.isFinite(norm) ? norm.toPrecision(3) : norm}`);
    const row = skippedInARow > 0 ? ` after ${skippedInARow} skipped in a row` : "";
    return new TrainingError(
      "TRAINING_NOT_FINITE",
      `epoch ${epoch + 1}, step ${index + 1} (${this.trainee.describe(batch)}): ` +
        `loss ${loss}, gradient norm ${gradientNorm}${row}. Gradient norms: ${listed.join(", ")}.`,
      {
        hint:
          'Lower optimiser.learningRate or clipNorm, look at the batch, or set onNotFinite: "skip". ' +
          "The best weights so far are kept.",
      },
    );
  }
}

/** Orders norms so that those that are not finite come first. */
function rank(norm: number): number {
  return Number.isFinite(norm) ? norm : Number.POSITIVE_INFINITY;
}
