import { ConfigError, type Random } from "@timestep/base";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  add,
  conv1d,
  matMul,
  mul,
  reshape,
  softmax,
  tanh,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  zeros as zeroTensor,
} from "@tensorflow/tfjs-core";
import { Module } from "../module.js";
import { tidied } from "../tidied.js";
import { type AttentionHistory, type AttentionRecall, recallOf } from "./history.js";
import { type Memory, memoryMask, type PreparedMemory } from "./memory.js";

const scores = ["additive", "dot", "general", "location", "none"] as const;

/** How well a place of the memory fits a query; `none` looks at all places alike. */
export type AttentionScore = (typeof scores)[number];

/** All {@link AttentionScore}s. */
export const attentionScores: readonly [AttentionScore, ...AttentionScore[]] = scores;

export interface AttentionOptions {
  readonly score: AttentionScore;
  /** H: length of a query. */
  readonly querySize: number;
  /** M: length of a value of the memory. */
  readonly memorySize: number;
  /** A: size of the layer that compares, for "additive" and "location". Default H. */
  readonly attentionSize?: number;
  /** What "location" reads from earlier weights. */
  readonly location?: LocationOptions;
  /** Lets "additive" and "location" see how much each place has had so far. Default false. */
  readonly coverage?: boolean;
  readonly random: Random;
}

/** The convolution over earlier weights. */
export interface LocationOptions {
  /** C: how many filters. Default 10. */
  readonly filters?: number;
  /** W: how many places a filter spans, an odd number. Default 15. */
  readonly width?: number;
  /** Whether it reads the sum of all earlier weights instead of the last ones. Default false. */
  readonly cumulative?: boolean;
}

/** What one look gives. */
export interface Attended {
  /** Σ a_j m_j, [R, M] */
  readonly context: Tensor2D;
  /** a, which adds up to 1 over the places that a row has, [R, S] */
  readonly weights: Tensor2D;
}

/**
 * A query looks at a memory m_1 … m_S: weights by how well each place fits it, and the mean of the values by them.
 *
 *   a = softmax over the row's places of e      context = Σ a_j m_j
 *
 *   additive   e_j = v·tanh(m_j·K + k + q·Q)      Bahdanau et al. 2015
 *   location   e_j = v·tanh(m_j·K + k + q·Q + f_j·L), f the convolution of earlier weights with the filters F
 *   dot        e_j = m_j·q                        Luong et al. 2015; the sizes must agree
 *   general    e_j = (m_j·K)·q                    Luong et al. 2015
 *   none       e_j = 0                            the mean of the memory, whatever is asked
 *
 * With `coverage`, "additive" and "location" add c_j·w within the tanh, c_j being what place j has had so far.
 *
 * What depends on the memory alone is taken once by {@link prepare}. A row whose memory is empty gets zeros for weights
 * and context.
 *
 * **Shapes.** query [R, H], memory [R, S, M] -> `context` [R, M], `weights` [R, S]. Parameters: `keyKernel` [M, A] for
 * "additive" and "location", [M, H] for "general"; `keyBias` [A], `queryKernel` [H, A] and `scoreVector` [A] for
 * "additive" and "location"; `coverageVector` [A] with `coverage`; `locationFilters` [W, 1, C] and `locationKernel`
 * [C, A] for "location".
 *
 * @throws {ConfigError} ATTENTION_SIZE when "dot" is asked to compare vectors of different lengths; ATTENTION_SCORE
 *   when there is no such score; ATTENTION_COVERAGE when a score cannot read coverage; ATTENTION_LOCATION when a filter
 *   is not an odd number of places wide or there is none.
 * @see Bahdanau et al. 2015, arXiv:1409.0473, appendix A.1.2; Luong et al. 2015, arXiv:1508.04025, section 3.1;
 *   location: Chorowski et al. 2015, arXiv:1506.07503, equations 7 to 9; coverage: See et al. 2017, arXiv:1704.04368,
 *   equation 11.
 */
export class Attention extends Module {
  readonly score: AttentionScore;
  readonly querySize: number;
  readonly memorySize: number;
  readonly keyKernel: Tensor2D | undefined;
  readonly keyBias: Tensor1D | undefined;
  readonly queryKernel: Tensor2D | undefined;
  readonly scoreVector: Tensor1D | undefined;
  /** What of earlier looks must be handed to the next. */
  readonly recall: AttentionRecall;
  private readonly coverageVector: Tensor1D | undefined;
  private readonly locationFilters: Tensor3D | undefined;
  private readonly locationKernel: Tensor2D | undefined;

  constructor(options: AttentionOptions) {
    super();
    const { score, querySize, memorySize, attentionSize = querySize, random } = options;
    if (!scores.includes(score)) {
      throw new ConfigError("ATTENTION_SCORE", `no score is called "${score}".`, {
        hint: `Use one of ${scores.join(", ")}.`,
      });
    }
    if (score === "dot" && querySize !== memorySize) {
      throw new ConfigError(
        "ATTENTION_SIZE",
        `the score "dot" compares vectors of one length, got a query of ${querySize} and a memory of ${memorySize}.`,
        { hint: 'Use "general", which projects the memory, or make the sizes agree.' },
      );
    }
    this.score = score;
    this.querySize = querySize;
    this.memorySize = memorySize;
    if (score === "general") {
      this.keyKernel = this.parameter(
        "keyKernel",
        glorotUniform([memorySize, querySize], random),
      ) as Tensor2D;
    }
    if (score === "additive" || score === "location") {
      const size = attentionSize;
      this.keyKernel = this.parameter("keyKernel", glorotUniform([memorySize, size], random)) as Tensor2D;
      this.keyBias = this.parameter("keyBias", zeros([size])) as Tensor1D;
      this.queryKernel = this.parameter("queryKernel", glorotUniform([querySize, size], random)) as Tensor2D;
      const { data } = glorotUniform([size, 1], random);
      this.scoreVector = this.parameter("scoreVector", { shape: [size], data }) as Tensor1D;
      if (options.coverage === true)
        this.coverageVector = this.parameter("coverageVector", zeros([size])) as Tensor1D;
      if (score === "location") {
        const { filters = 10, width = 15 } = options.location ?? {};
        checkLocation(filters, width);
        const drawn = glorotUniform([width, filters], random);
        this.locationFilters = this.parameter("locationFilters", {
          shape: [width, 1, filters],
          data: drawn.data,
        }) as Tensor3D;
        this.locationKernel = this.parameter(
          "locationKernel",
          glorotUniform([filters, size], random),
        ) as Tensor2D;
      }
    } else if (options.coverage === true) {
      throw new ConfigError("ATTENTION_COVERAGE", `the score "${score}" cannot read coverage.`, {
        hint: 'Use "additive" or "location", or turn coverage off.',
      });
    }
    this.recall = recallOf(
      score,
      options.coverage ?? false,
      score === "location" && (options.location?.cumulative ?? false),
    );
  }

  /**
   * What every look at this memory shares: its keys and its mask. The caller frees it with {@link disposePrepared}.
   *
   * @throws {ShapeError} MEMORY_SHAPE, MEMORY_LENGTHS: see {@link memoryMask}.
   */
  prepare(memory: Memory): PreparedMemory {
    const { values, lengths } = memory;
    return tidied(() => {
      const mask = memoryMask(memory, this.memorySize);
      return { values, lengths, keys: this.keysOf(values), mask };
    });
  }

  /** One look of every row: `query` [R, H] at a memory of R rows, and what `recall` names of earlier looks. */
  attend(query: Tensor2D, memory: PreparedMemory, history: AttentionHistory = {}): Attended {
    return tidied(() => {
      const [rows, places] = memory.keys.shape;
      const { mask } = memory;
      const energy = this.energy(query, memory, history); // [R, S]
      const weights: Tensor2D =
        mask === undefined ? softmax(energy) : mul(softmax(add(energy, mask.penalty)), mask.present);
      const context = matMul(reshape(weights, [rows, 1, places]), memory.values); // [R, 1, M]
      return { context: reshape(context, [rows, this.memorySize]), weights };
    });
  }

  /**
   * Many looks of every row, none of which depends on another: `queries` [B, T, H] -> `contexts` [B, T, M], `weights`
   * [B, T, S]. One product for all of them where the score is one; undefined where it is not.
   */
  attendAll(
    queries: Tensor3D,
    memory: PreparedMemory,
  ): { contexts: Tensor3D; weights: Tensor3D } | undefined {
    if (this.score !== "dot" && this.score !== "general") return undefined;
    const energy = matMul(queries, memory.keys, false, true) as Tensor3D; // [B, T, S]
    const [rows, , places] = energy.shape;
    const { mask } = memory;
    const over = (x: Tensor2D): Tensor3D => reshape(x, [rows, 1, places]);
    const weights: Tensor3D =
      mask === undefined
        ? softmax(energy)
        : mul(softmax(add(energy, over(mask.penalty))), over(mask.present));
    return { contexts: matMul(weights, memory.values), weights };
  }

  private keysOf(values: Tensor3D): Tensor3D {
    if (this.keyKernel === undefined) return values;
    const [batch, places, size] = values.shape;
    const product = matMul(reshape(values, [batch * places, size]), this.keyKernel);
    const keys = this.keyBias === undefined ? product : add(product, this.keyBias);
    return reshape(keys, [batch, places, this.keyKernel.shape[1]]);
  }

  /** [R, S] */
  private energy(query: Tensor2D, { keys }: PreparedMemory, history: AttentionHistory): Tensor2D {
    const [rows, places, size] = keys.shape;
    if (this.queryKernel !== undefined && this.scoreVector !== undefined) {
      const asked = reshape(matMul(query, this.queryKernel), [rows, 1, size]); // [R, 1, A]
      const sum = this.withHistory(add(keys, asked), history); // [R, S, A]
      const fits = reshape(tanh(sum), [rows * places, size]) as Tensor2D;
      return reshape(matMul(fits, reshape(this.scoreVector, [size, 1])), [rows, places]);
    }
    if (this.score === "none") return zeroTensor([rows, places]);
    return reshape(matMul(keys, reshape(query, [rows, size, 1])), [rows, places]);
  }

  /** Adds the terms that read earlier weights, where there are any. */
  private withHistory(sum: Tensor3D, history: AttentionHistory): Tensor3D {
    const [rows, places, size] = sum.shape;
    let total = sum;
    if (this.coverageVector !== undefined) {
      const had = reshape(history.total as Tensor2D, [rows * places, 1]) as Tensor2D;
      const term = matMul(had, reshape(this.coverageVector, [1, size]) as Tensor2D);
      total = add(total, reshape(term, [rows, places, size]));
    }
    if (this.locationFilters !== undefined && this.locationKernel !== undefined) {
      const earlier = (this.recall.previous ? history.previous : history.total) as Tensor2D;
      const features = conv1d(
        reshape(earlier, [rows, places, 1]) as Tensor3D,
        this.locationFilters,
        1,
        "same",
      );
      const [, , filters] = this.locationFilters.shape;
      const term = matMul(reshape(features, [rows * places, filters]) as Tensor2D, this.locationKernel);
      total = add(total, reshape(term, [rows, places, size]));
    }
    return total;
  }
}

function checkLocation(filters: number, width: number): void {
  if (Number.isInteger(filters) && filters >= 1 && Number.isInteger(width) && width % 2 === 1 && width >= 1)
    return;
  throw new ConfigError(
    "ATTENTION_LOCATION",
    `${filters} location filters of width ${width} cannot be made.`,
    {
      hint: "Use at least one filter, of an odd width, so that it has a middle.",
    },
  );
}
