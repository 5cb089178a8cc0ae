import type { Random } from "@timestep/base";
import {
  CharacterCnn,
  type CharacterEncoder,
  CharacterLstm,
  Embedding,
  Module,
  type PretrainedTable,
  type Values,
} from "@timestep/core";
import { PAD, UNK, vectorId } from "@timestep/data";
import { normal } from "@timestep/engine";
import {
  add,
  concat,
  gather,
  mul,
  sub,
  tensor1d,
  type Tensor2D,
  tensor2d,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import type { WordRows } from "./batch.js";
import type { SentimentModelSettings } from "./settings.js";
import type { SentimentVocabulary } from "./vocabulary.js";

/**
 * Words as vectors: trained ones, pretrained ones, and their spelling.
 *
 * **Frozen** pretrained vectors stand beside the trained ones. **Tuned** ones are where the trained ones start: each
 * word of the training texts moves from its pretrained vector at its own, lower learning rate; words that training
 * did not have are read by their pretrained vector, and those that have none either by the trained one of unknown words.
 *
 * **Shapes.** N words -> [N, outputSize].
 */
export class WordReader extends Module {
  readonly outputSize: number;
  private readonly tuned: boolean;
  private readonly words: Embedding;
  private readonly vectors: Embedding | undefined;
  private readonly characters: CharacterEncoder | undefined;

  constructor(
    vocabulary: SentimentVocabulary,
    settings: SentimentModelSettings,
    random: Random,
    pretrained?: PretrainedTable,
  ) {
    super();
    const { words, vectors, characters } = settings;
    const vocabularySize = vocabulary.words.size;
    this.tuned = pretrained !== undefined && vectors.mode === "tuned";
    const size = this.tuned ? (pretrained as PretrainedTable).size : words.size;
    const start =
      this.tuned && pretrained !== undefined
        ? { initial: startingVectors(vocabulary, pretrained, random), rate: vectors.rate }
        : {};
    this.words = this.child("words", new Embedding({ vocabularySize, size, random, ...start }));
    let outputSize = size;
    if (pretrained !== undefined) {
      this.vectors = this.child("vectors", new Embedding({ ...pretrained, trainable: false, random }));
      if (!this.tuned) outputSize += pretrained.size;
    }
    if (vocabulary.characters !== undefined && characters.kind !== "none") {
      const options = { ...characters, vocabularySize: vocabulary.characters.size, random };
      const encoder = characters.kind === "lstm" ? new CharacterLstm(options) : new CharacterCnn(options);
      this.characters = this.child("characters", encoder);
      outputSize += characters.outputSize;
    }
    this.outputSize = outputSize;
  }

  /** Length of the pretrained vectors, or null without them. */
  get vectorSize(): number | null {
    return this.vectors?.size ?? null;
  }

  read(rows: WordRows): Tensor2D {
    return tidy(() => {
      const parts = this.meanings(rows);
      if (this.characters !== undefined) parts.push(this.spelt(rows, this.characters));
      return concat(parts, 1);
    });
  }

  private meanings({ words, vectors }: WordRows): Tensor2D[] {
    const count = words.length;
    const trained = this.words.lookup(words, [count]) as Tensor2D;
    if (this.vectors === undefined || vectors === undefined) return [trained];
    const pretrained = this.vectors.lookup(vectors, [count]) as Tensor2D;
    if (!this.tuned) return [trained, pretrained];
    const untaught = words.map((id, at) => Number(id === UNK && vectors[at] !== UNK && vectors[at] !== PAD));
    if (!untaught.includes(1)) return [trained];
    const mask = tensor2d(Float32Array.from(untaught), [count, 1]);
    return [add(mul(trained, sub(1, mask)), mul(pretrained, mask))];
  }

  /** Words that are not read by their characters get zeros. */
  private spelt({ spellings, spellingOf }: WordRows, encoder: CharacterEncoder): Tensor2D {
    const none = zeros([1, encoder.outputSize]) as Tensor2D;
    const known = spellings === undefined ? none : concat([none, encoder.encode(spellings)], 0);
    return gather(known, tensor1d(spellingOf, "int32"));
  }
}

/** The pretrained vector of each training word; words without one start at random. */
function startingVectors(
  { words, vectors }: SentimentVocabulary,
  { size, initial }: PretrainedTable,
  random: Random,
): Values {
  const start = normal([words.size, size], 0.1, random);
  start.data.fill(0, PAD * size, (PAD + 1) * size);
  if (vectors === undefined) return start;
  for (let id = UNK; id < words.size; id++) {
    const from = id === UNK ? UNK : vectorId(words.token(id), vectors);
    if (id !== UNK && from === UNK) continue;
    start.data.set(initial.data.subarray(from * size, (from + 1) * size), id * size);
  }
  return start;
}
