import { type Random, ShapeError } from "@timestep/base";
import { normal, type Values } from "@timestep/engine";
import { gather, type Tensor, tensor, type Tensor2D, reshape, tidy } from "@tensorflow/tfjs-core";
import { Module } from "../module.js";

export interface EmbeddingOptions {
  /** V: number of ids. */
  readonly vocabularySize: number;
  /** Length of a vector. */
  readonly size: number;
  readonly random: Random;
  /** Vectors to start from, [V, size]; default normal with deviation 0.1. */
  readonly initial?: Values;
  /** False keeps the vectors as they are. Default true. */
  readonly trainable?: boolean;
  /** What the learning rate is multiplied by for the table. Default 1. */
  readonly rate?: number;
}

/**
 * A table of vectors looked up by id; the same as a one-hot row times the table.
 *
 * **Shapes.** ids of any shape -> [..., size]. Parameter: `table` [V, size].
 *
 * @throws {ShapeError} EMBEDDING_TABLE when `initial` is not [V, size].
 */
export class Embedding extends Module {
  readonly size: number;
  readonly vocabularySize: number;
  readonly table: Tensor2D;

  constructor({ vocabularySize, size, random, initial, trainable, rate }: EmbeddingOptions) {
    super();
    if (initial !== undefined && initial.shape.join() !== `${vocabularySize},${size}`) {
      throw new ShapeError(
        "EMBEDDING_TABLE",
        `an embedding [${vocabularySize}, ${size}] cannot start from [${initial.shape.join(", ")}].`,
        { hint: "Give one vector for each id." },
      );
    }
    this.size = size;
    this.vocabularySize = vocabularySize;
    this.table = this.parameter("table", initial ?? normal([vocabularySize, size], 0.1, random), {
      trainable: trainable ?? true,
      rate: rate ?? 1,
    }) as Tensor2D;
  }

  /**
   * The vectors of `ids`, which lie row by row in `shape`.
   *
   * @throws {ShapeError} EMBEDDING_ID when an id is none of 0 … V-1: some engines would read other memory.
   */
  lookup(ids: Int32Array, shape: readonly number[]): Tensor {
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      if (id < 0 || id >= this.vocabularySize) {
        throw new ShapeError(
          "EMBEDDING_ID",
          `id ${id} at place ${i} is outside an embedding of ${this.vocabularySize}.`,
          {
            hint: "Encode with the vocabulary that the model was made with.",
          },
        );
      }
    }
    return tidy(() => reshape(gather(this.table, tensor(ids, [ids.length], "int32")), [...shape, this.size]));
  }
}
