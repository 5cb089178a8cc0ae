import { type ReportFigure, type ReportSection } from "@timestep/training/report";
import sharp, { type Sharp } from "sharp";
import { type Lookout } from "../attention.js";
import { contactSheet } from "../drawing/contact-sheet.js";
import { type NetworkInput, viewOf } from "../drawing/view.js";
import { type ScoredSplit } from "../scoring.js";
import { type Judged } from "./judged.js";

/** The scores of a split beside those of the baselines. */
export function scoresSection(
  title: string,
  { metrics, signature, baselines, notes }: ScoredSplit,
): ReportSection {
  return {
    title,
    text: [`Scored as ${signature}.`, ...notes].join("\n"),
    table: {
      columns: ["score", "network", ...baselines.map(({ name }) => name)],
      rows: Object.entries(metrics).map(([name, value]) => [
        name,
        value,
        ...baselines.map((other) => other.metrics[name] ?? ""),
      ]),
    },
  };
}

/** Pictures with the network's caption, its score and the captions that people gave. */
export async function picturesSection(
  title: string,
  shown: readonly Judged[],
  input: NetworkInput,
): Promise<ReportSection> {
  const figures: ReportFigure[] = [];
  for (const { example, said, ciderD } of shown) {
    const { picture } = await viewOf(example.image, input);
    const { width, height } = picture;
    const raw = sharp(picture.pixels, { raw: { width, height, channels: 3 } });
    figures.push({
      ...(await embedded(raw)),
      alternative: example.name,
      heading: said.caption === "" ? "(nothing)" : said.caption,
      note: `CIDEr-D ${ciderD.toFixed(1)} · ${example.name}`,
      lines: example.captions,
    });
  }
  return { title, figures };
}

/** What the words of some captions looked at. */
export async function attentionSection(
  shown: readonly Judged[],
  { grid, input }: Lookout,
): Promise<ReportSection> {
  const figures: ReportFigure[] = [];
  for (const { example, said } of shown) {
    const view = await viewOf(example.image, input);
    const sheet = contactSheet({
      view,
      name: example.name,
      caption: said.caption,
      words: said.words ?? [],
      grid,
    });
    const alternative = `what each word of "${said.caption}" looked at`;
    figures.push({ ...(await embedded(sheet)), alternative, heading: "", wide: true });
  }
  return {
    title: "Attention",
    text: "For each word the picture is bright where the network looked when it said it. Brightness is relative to the place that it looked at most; a picture that is bright all over was looked at evenly.",
    figures,
  };
}

/** A picture as part of a page. */
async function embedded(picture: Sharp): Promise<Pick<ReportFigure, "image" | "width" | "height">> {
  const { data, info } = await picture
    .jpeg({ quality: 80, mozjpeg: true })
    .toBuffer({ resolveWithObject: true });
  return {
    image: `data:image/jpeg;base64,${data.toString("base64")}`,
    width: info.width,
    height: info.height,
  };
}
