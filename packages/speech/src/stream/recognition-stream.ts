import { ConfigError } from "@timestep/base";
import { type CtcEmissions, ctcEmissionsAsync, type LayerState } from "@timestep/core";
import { dispose, type TensorContainer, tidy } from "@tensorflow/tfjs-core";
import { bestLabels } from "../decode/best-path.js";
import { wordsOf } from "../decode/recognition.js";
import type { SpeechLabels } from "../labels/speech-labels.js";
import { clipBatch, type SpeechModel } from "../model.js";
import type { RecognisedWord } from "../recognised.js";
import type { SpeechSettings } from "../settings.js";
import type { Listener } from "../sound/listener.js";

/** What a stream needs of a recogniser. */
export interface StreamParts {
  readonly settings: SpeechSettings;
  readonly labels: SpeechLabels;
  readonly listener: Listener;
  readonly model: SpeechModel;
}

/** What has been recognised so far. */
export interface StreamedText {
  readonly text: string;
  /** Known when the stream has ended; empty until then. */
  readonly words: readonly RecognisedWord[];
  /** Whether the stream has ended. */
  readonly final: boolean;
}

/**
 * Recognises sound while it is still being made: samples go in piece by piece, and text comes out as soon as the
 * network says it. However the sound is cut, the text is the one of the whole clip.
 *
 * Frames that are incomplete, the running normalisation and the state of the recurrent layers are carried from push to
 * push; a word is said at the latest {@link latencySeconds} after the step in which the network says it.
 *
 * @throws {ConfigError} SPEECH_STREAM for networks that read both ways; FEATURES_STREAM when features are normalised by
 *   their whole clip.
 */
export class RecognitionStream {
  /** Seconds of sound that are needed beyond a step's start before it can be computed. */
  readonly latencySeconds: number;
  private readonly parts: StreamParts;
  private readonly steps: ReturnType<Listener["stream"]>;
  private state: readonly LayerState[] | undefined;
  /** Log probabilities of all steps so far, [classes] each. */
  private readonly rows: Float32Array[] = [];
  private ended = false;

  constructor(parts: StreamParts) {
    if (parts.settings.model.bidirectional) {
      throw new ConfigError("SPEECH_STREAM", "a network that reads both ways hears a clip's end first.", {
        hint: "Train with model.bidirectional false, or recognise long recordings in windows.",
      });
    }
    this.parts = parts;
    this.steps = parts.listener.stream();
    this.latencySeconds = parts.listener.spanSeconds;
  }

  /** Takes samples at the listener's sample rate and tells what has been said so far. */
  async push(samples: Float32Array): Promise<StreamedText> {
    if (this.ended)
      throw new Error("RecognitionStream.push after finish: start a new stream for the next clip");
    await this.take(this.steps.push(samples));
    return this.soFar();
  }

  /** Ends the clip, frees the carried state, and tells what was said. */
  async finish(): Promise<StreamedText> {
    if (!this.ended) {
      await this.take(this.steps.finish());
      this.ended = true;
      this.keep(undefined);
    }
    return this.soFar();
  }

  /** Log probabilities of the classes in each step so far. */
  emissions(): CtcEmissions {
    const { classes } = this.parts.labels;
    const values = new Float32Array(this.rows.length * classes);
    this.rows.forEach((row, t) => {
      values.set(row, t * classes);
    });
    return { values, frames: this.rows.length, classes };
  }

  private async take(steps: readonly Float32Array[]): Promise<void> {
    if (steps.length === 0) return;
    const { model, listener, labels } = this.parts;
    const values = new Float32Array(steps.length * listener.inputSize);
    steps.forEach((step, t) => {
      values.set(step, t * listener.inputSize);
    });
    const heard = { values, frames: steps.length, size: listener.inputSize };
    const batch = clipBatch([heard], listener.inputSize);
    const { state } = this;
    const run = tidy(
      () => model.run(batch, { state }) as unknown as TensorContainer,
    ) as unknown as ReturnType<SpeechModel["run"]>;
    const [found] = await ctcEmissionsAsync(run.logits, batch);
    run.logits.dispose();
    this.keep(run.state);
    const { classes } = labels;
    const rows = (found as CtcEmissions).values as Float32Array;
    for (let t = 0; t < steps.length; t++) this.rows.push(rows.slice(t * classes, (t + 1) * classes));
  }

  private keep(state: readonly LayerState[] | undefined): void {
    if (this.state !== undefined) dispose(this.state as unknown as TensorContainer);
    this.state = state;
  }

  private soFar(): StreamedText {
    const { labels, listener } = this.parts;
    const emissions = this.emissions();
    const said = bestLabels(emissions, "ctc");
    return {
      text: labels.decode(said),
      words: this.ended ? wordsOf(emissions, said, labels, listener) : [],
      final: this.ended,
    };
  }
}
