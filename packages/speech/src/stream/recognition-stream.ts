import { ConfigError } from "@timestep/base";
import { type CtcEmissions, ctcEmissionsAsync, type LayerState } from "@timestep/core";
import { dispose, type TensorContainer, tidy } from "@tensorflow/tfjs-core";
import { likeliestClasses, pathLabels } from "../decode/best-path.js";
import { readingsOf, type RecogniseOptions, recognitionOf, searchFor } from "../decode/recognition.js";
import type { SpeechLabels } from "../labels/speech-labels.js";
import { clipBatch, type SpeechModel } from "../model.js";
import type { Recognition } from "../recognised.js";
import type { SpeechSettings } from "../settings.js";
import type { Listener } from "../sound/listener.js";

/** What a stream needs of a recogniser. */
export interface StreamParts {
  readonly settings: SpeechSettings;
  readonly labels: SpeechLabels;
  readonly listener: Listener;
  readonly model: SpeechModel;
}

/**
 * Recognises sound while it is still being made: samples go in piece by piece, and text comes out as soon as the
 * network says it. However the sound is cut, the text is the one of the whole clip.
 *
 * With a beam the text so far is the likeliest beginning of a text, so that it may change; without one it only grows.
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
  private readonly options: RecogniseOptions;
  private readonly search: ReturnType<typeof searchFor>;
  private readonly steps: ReturnType<Listener["stream"]>;
  private state: readonly LayerState[] | undefined;
  /** Log probabilities of all steps so far, [classes] each. */
  private readonly rows: Float32Array[] = [];
  /** The likeliest class of each step so far, where there is no search. */
  private readonly path: number[] = [];
  private ended = false;

  constructor(parts: StreamParts, options: RecogniseOptions = {}) {
    if (parts.settings.model.bidirectional) {
      throw new ConfigError("SPEECH_STREAM", "a network that reads both ways hears a clip's end first.", {
        hint: "Train with model.bidirectional false, or recognise long recordings in windows.",
      });
    }
    this.parts = parts;
    this.options = options;
    this.search = searchFor(options);
    this.steps = parts.listener.stream();
    this.latencySeconds = parts.listener.spanSeconds;
  }

  /** Takes samples at the listener's sample rate and tells what has been said so far. */
  async push(samples: Float32Array): Promise<{ readonly text: string }> {
    if (this.ended)
      throw new Error("RecognitionStream.push after finish: start a new stream for the next clip");
    await this.take(this.steps.push(samples));
    const { labels } = this.parts;
    const said = this.search?.present().labels ?? pathLabels(this.path, this.options.decoding ?? "ctc");
    return { text: labels.decode(said) };
  }

  /** Ends the clip, frees the carried state, and tells what was said. */
  async finish(): Promise<Recognition> {
    if (!this.ended) {
      await this.take(this.steps.finish());
      this.ended = true;
      this.keep(undefined);
    }
    const { labels, listener } = this.parts;
    const emissions = this.emissions();
    const readings = this.search?.results() ?? readingsOf(emissions, this.options);
    return recognitionOf(emissions, readings, labels, listener);
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
    const more = { values: rows, frames: steps.length, classes };
    if (this.search === undefined) this.path.push(...likeliestClasses(more));
    else this.search.push(more);
  }

  private keep(state: readonly LayerState[] | undefined): void {
    if (this.state !== undefined) dispose(this.state as unknown as TensorContainer);
    this.state = state;
  }
}
