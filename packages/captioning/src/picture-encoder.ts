import { type Random, ShapeError } from "@timestep/base";
import { Dense, dropout, Module } from "@timestep/core";
import { glorotUniform, zeros } from "@timestep/engine";
import {
  add,
  conv2d,
  expandDims,
  maxPool,
  relu,
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tensor4d,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import { type CaptioningSettings } from "./settings.js";

/** Pictures side by side: [count, height, width, channels]. */
export interface PictureBatch {
  readonly count: number;
  readonly values: Float32Array;
}

/** Sides of the filters of a layer, and of the squares of which the largest value is kept. */
const filterSide = 3;
const poolSide = 2;

/**
 * From pictures to what a decoder looks at: a vector for each place, [P, places, size].
 *
 * A `pretrained` encoder takes the grids of another network as they are; a `trained` one sees pixels through layers of
 * convolutions, 3×3 with rectifiers and the largest value of each 2×2. Then each place is mapped to `size` by max(0, x·W + b), unless
 * that is 0, and a learnt vector of its position is added where the settings ask for it.
 *
 * Parameters: `layerN.filter` [3, 3, in, out] and `layerN.bias` [out] of a trained one, `project.kernel`, `project.bias`,
 * `positions` [places, size].
 *
 * @throws {ShapeError} PICTURE_TOO_SMALL when the layers leave no place of a picture.
 */
export class PictureEncoder extends Module {
  /** Places of a picture: `rows` times `columns`, row by row. */
  readonly places: number;
  readonly rows: number;
  readonly columns: number;
  /** Length of the vector of a place. */
  readonly size: number;
  private readonly layers: readonly Convolution[];
  private readonly project: Dense | undefined;
  private readonly positions: Tensor2D | undefined;

  constructor(
    private readonly shape: readonly [number, number, number],
    settings: CaptioningSettings["picture"],
    random: Random,
  ) {
    super();
    let [height, width, channels] = shape;
    const layers: Convolution[] = [];
    for (const [index, next] of (settings.encoder === "trained" ? settings.channels : []).entries()) {
      layers.push(this.child(`layer${index}`, new Convolution(channels, next, random)));
      [height, width, channels] = [Math.ceil(height / poolSide), Math.ceil(width / poolSide), next];
    }
    if (layers.length > 0 && Math.min(shape[0], shape[1]) < poolSide ** layers.length) {
      throw new ShapeError(
        "PICTURE_TOO_SMALL",
        `${layers.length} layers, each of which halves a picture, need one of ${poolSide ** layers.length} pixels at least; got ${shape[1]}×${shape[0]}.`,
        { hint: "Give picture.channels fewer layers, or larger pictures." },
      );
    }
    this.layers = layers;
    this.rows = height;
    this.columns = width;
    this.places = height * width;
    this.size = settings.size === 0 ? channels : settings.size;
    if (settings.size > 0) {
      this.project = this.child(
        "project",
        new Dense({ inputSize: channels, outputSize: settings.size, random }),
      );
    }
    if (settings.positions)
      this.positions = this.parameter(
        "positions",
        glorotUniform([this.places, this.size], random),
      ) as Tensor2D;
  }

  /** The vectors of places, [P, places, size]; dropout on with `random`, the same features at all places of a picture. */
  encode({ count, values }: PictureBatch, rate: number, random: Random | undefined): Tensor3D {
    return tidy(() => {
      let grid: Tensor4D = tensor4d(values, [count, ...this.shape]);
      for (const layer of this.layers) grid = layer.apply(grid);
      const flat = reshape(grid, [count, this.places, grid.shape[3]]) as Tensor3D;
      const mapped = this.project === undefined ? flat : relu(this.project.apply(flat));
      const placed = this.positions === undefined ? mapped : add(mapped, expandDims(this.positions, 0));
      return dropout(placed as Tensor3D, { rate, kind: "variational", random });
    });
  }
}

/** max(0, x * F + b), the largest of each 2×2. */
class Convolution extends Module {
  private readonly filter: Tensor4D;
  private readonly bias: Tensor1D;

  constructor(from: number, to: number, random: Random) {
    super();
    // As a matrix from all that a filter sees: the spread that keeps the size of what passes through.
    const { data } = glorotUniform([filterSide * filterSide * from, to], random);
    this.filter = this.parameter("filter", { shape: [filterSide, filterSide, from, to], data }) as Tensor4D;
    this.bias = this.parameter("bias", zeros([to])) as Tensor1D;
  }

  apply(x: Tensor4D): Tensor4D {
    // Neither a bias nor a rectifier changes which value is the largest, and of these there are fewer.
    const largest = maxPool(conv2d(x, this.filter, 1, "same"), poolSide, poolSide, "same");
    return relu(add(largest, this.bias));
  }
}
