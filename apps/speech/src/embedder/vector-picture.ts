import { principalPlane, type SpokenVector, standardiser } from "@timestep/speech";
import { colours, svgPage, svgText } from "../svg.js";

const size = 560;
const margin = 30;
/** Points in the picture; of more vectors, evenly spread ones are drawn. */
const mostPoints = 1500;

/** Vectors as points of their principal plane, coloured by word, as static SVG; all texts are escaped. */
export function vectorPicture(vectors: readonly SpokenVector[]): {
  readonly svg: string;
  readonly shares: readonly [number, number];
} {
  const scale = standardiser(vectors.map(({ vector }) => vector));
  const { points, shares } = principalPlane(vectors.map(({ vector }) => scale(vector)));
  const along = (axis: 0 | 1): ((point: readonly [number, number]) => number) => {
    const values = points.map((point) => point[axis]);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return (point) => margin + ((size - 2 * margin) * (point[axis] - low)) / Math.max(1e-9, high - low);
  };
  const [x, y] = [along(0), along(1)];
  const words = [...new Set(vectors.map(({ word }) => word))].sort();
  const colourOf = (word: string): string => colours[words.indexOf(word) % colours.length] as string;
  const step = Math.max(1, Math.ceil(points.length / mostPoints));
  const dots = vectors.flatMap(({ word }, place) => {
    const point = points[place];
    if (point === undefined || place % step !== 0) return [];
    return [
      `<circle cx="${x(point).toFixed(1)}" cy="${y(point).toFixed(1)}" r="3" fill="${colourOf(word)}" opacity="0.55"/>`,
    ];
  });
  const names = words.map((word) => {
    const own = points.filter((_, place) => vectors[place]?.word === word);
    const mean = (of: (point: readonly [number, number]) => number): number =>
      own.reduce((sum, point) => sum + of(point), 0) / own.length;
    return svgText(mean(x), mean(y), word);
  });
  return { svg: svgPage(size, size, [...dots, ...names]), shares };
}
