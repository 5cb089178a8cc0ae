import { ConfigError } from "@timestep/base";
import { batched, type Prediction, type PredictRequest } from "@timestep/cli-kit";
import { type ClassifiedText, SentimentClassifier, treeLines } from "@timestep/sentiment";
import { inColour, piecesOf, type WeightKind } from "./tint.js";

/** `predict`: the label of each input line, in order. */
export async function* predictSentiment(request: PredictRequest): AsyncGenerator<Prediction> {
  const { run, inputs, flags, colour } = request;
  const kind = weightKind(flags["weights"]);
  const threshold = flags["abstainBelow"];
  const options = threshold === undefined ? {} : { abstainBelow: probability(threshold) };
  const classifier = await SentimentClassifier.load(run);
  checkFlags(classifier, flags);
  for await (const items of batched(inputs, 64)) {
    const texts = items.map(({ text }) => text);
    for (const said of await classifier.classifyAll(texts, options)) {
      yield { json: said, text: shown(said, { kind, colour, tree: flags["tree"] === true }) };
    }
  }
  classifier.dispose();
}

interface View {
  readonly kind: WeightKind;
  readonly colour: boolean;
  readonly tree: boolean;
}

/** `positive 0.98  a text`, and its tree below where it is asked for; `-` is no label. */
function shown(said: ClassifiedText, { kind, colour, tree }: View): string {
  const text = colour ? inColour(piecesOf(said, kind)) : said.text;
  const line = `${said.label ?? "-"} ${said.confidence.toFixed(2)}  ${text}`;
  if (!tree || said.tree === undefined) return line;
  return [line, ...treeLines(said.text, said.tree).map((phrase) => `  ${phrase}`)].join("\n");
}

function weightKind(value: string | true | undefined): WeightKind {
  if (value === undefined) return "gradient";
  if (value === "gradient" || value === "attention") return value;
  throw new ConfigError("FLAG_VALUE", `--weights ${String(value)}: there are no such weights.`, {
    hint: "Use gradient or attention.",
  });
}

function probability(text: string | true): number {
  const value = Number(text);
  if (text !== true && text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new ConfigError("FLAG_VALUE", `--abstain-below ${String(text)}: expected a number from 0 to 1.`, {
    hint: "0.8 gives no label where the confidence is below 80 %.",
  });
}

/** What the run's model does not have is not asked of it. */
function checkFlags({ settings: { model } }: SentimentClassifier, flags: PredictRequest["flags"]): void {
  if (flags["tree"] === true && model.kind !== "tree") {
    throw new ConfigError("FLAG_TREE", "--tree: this run's network reads words in a row, not trees.", {
      hint: "Leave --tree out, or use a run with model.kind tree.",
    });
  }
  const attends = model.kind === "sequence" && model.encoder.pooling === "attention";
  if (flags["weights"] === "attention" && !attends) {
    throw new ConfigError("FLAG_ATTENTION", "--weights attention: this run's network has no attention.", {
      hint: "Use --weights gradient, or a run with model.encoder.pooling attention.",
    });
  }
}
