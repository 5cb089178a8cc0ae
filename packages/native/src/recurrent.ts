import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, host, type KernelArguments, make, sizeOf } from "./backend-values.js";
import type { BackwardCall, ForwardCall, RecurrentAddon, SequenceCall } from "./recurrent-addon.js";

/**
 * The recurrent kernels of the backend: whole sequences, forward and backward, one call each.
 *
 * Inputs come as a list: [input, inputKernel, recurrentKernel, bias, h, …]. The forward kernels give [output, final
 * states, what the backward pass needs]; the "Grad" kernels take that, the gradients from above and the inputs, and
 * give the gradient of each input. @timestep/core calls them (`runSequenceKernel` there states the same contract).
 */
export function recurrentKernels(addon: RecurrentAddon): Omit<KernelConfig, "backendName">[] {
  const kernel = (
    kernelName: string,
    run: (call: KernelCall) => TensorInfo[],
  ): Omit<KernelConfig, "backendName"> => ({
    kernelName,
    kernelFunc: (parameters) => run(new KernelCall(parameters)),
  });
  return [
    kernel("TimestepLstm", (call) => lstm(addon, call)),
    kernel("TimestepLstmGrad", (call) => lstmGradient(addon, call)),
    kernel("TimestepGru", (call) => gru(addon, call)),
    kernel("TimestepGruGrad", (call) => gruGradient(addon, call)),
    kernel("TimestepElman", (call) => elman(addon, call)),
    kernel("TimestepElmanGrad", (call) => elmanGradient(addon, call)),
  ];
}

/** What a kernel was called with, and the tensors that it makes. */
class KernelCall {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly infos: readonly TensorInfo[];
  private readonly backend: unknown;

  constructor({ inputs, attrs, backend }: KernelArguments) {
    this.backend = backend;
    this.attributes = attrs ?? {};
    this.infos = Object.values(inputs as Record<string, TensorInfo>);
  }

  read(info: TensorInfo | undefined): Float32Array {
    if (info === undefined) throw new TypeError("a recurrent kernel got too few tensors");
    return floats(this.backend, info);
  }

  readOptional(info: TensorInfo | undefined): Float32Array | undefined {
    return info === undefined ? undefined : floats(this.backend, info);
  }

  /** A result and the tensor that it becomes once the kernel has run. */
  tensor(shape: readonly number[], values: Float32Array): TensorInfo {
    return make(host(this.backend), shape, "float32", values);
  }

  /** Gradients in the shapes of the tensors that they belong to. */
  like(infos: readonly TensorInfo[], values: readonly (Float32Array | undefined)[]): TensorInfo[] {
    return infos.map((info, index) => this.tensor(info.shape, values[index] as Float32Array));
  }
}

/** The part of a call that all cells share, from [input, inputKernel, recurrentKernel, bias, h, …]. */
function sequenceOf(call: KernelCall, infos: readonly TensorInfo[]): Omit<SequenceCall, "output"> {
  const [input, inputKernel, recurrentKernel, bias, h] = infos;
  const [batch = 0, time = 0, inputSize = 0] = input?.shape ?? [];
  return {
    batch,
    time,
    inputSize,
    hiddenSize: h?.shape[1] ?? 0,
    lengths: Int32Array.from(call.attributes["lengths"] as number[]),
    reverse: call.attributes["reverse"] === true,
    input: call.read(input),
    inputKernel: call.read(inputKernel),
    recurrentKernel: call.read(recurrentKernel),
    bias: call.read(bias),
    h: call.read(h),
  };
}

function forwardOf(call: KernelCall): ForwardCall {
  const sequence = sequenceOf(call, call.infos);
  const { batch, time, hiddenSize } = sequence;
  return {
    ...sequence,
    output: new Float32Array(batch * time * hiddenSize),
    finalH: new Float32Array(batch * hiddenSize),
  };
}

/** Output and final h as tensors. */
function resultsOf(call: KernelCall, { batch, time, hiddenSize, output, finalH }: ForwardCall): TensorInfo[] {
  return [call.tensor([batch, time, hiddenSize], output), call.tensor([batch, hiddenSize], finalH)];
}

function backwardOf(
  call: KernelCall,
  infos: readonly TensorInfo[],
  [output, dOutput, dFinalH]: readonly (TensorInfo | undefined)[],
): BackwardCall {
  const like = (info: TensorInfo | undefined): Float32Array => new Float32Array(sizeOf(info?.shape ?? []));
  return {
    ...sequenceOf(call, infos),
    output: call.read(output),
    dOutput: call.read(dOutput),
    dFinalH: call.read(dFinalH),
    dInput: like(infos[0]),
    dInputKernel: like(infos[1]),
    dRecurrentKernel: like(infos[2]),
    dBias: like(infos[3]),
    dH: like(infos[4]),
  };
}

/** What the backward pass needs; nothing when TF.js records no gradients. */
function savedOf(
  call: KernelCall,
  { batch, time, hiddenSize }: SequenceCall,
  widths: number,
): Float32Array | undefined {
  return call.attributes["training"] === true
    ? new Float32Array(widths * batch * time * hiddenSize)
    : undefined;
}

function savedTensor(call: KernelCall, saved: Float32Array | undefined): TensorInfo {
  return call.tensor([saved?.length ?? 0], saved ?? new Float32Array(0));
}

function lstm(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const forward = forwardOf(call);
  const finalC = new Float32Array(forward.finalH.length);
  const saved = savedOf(call, forward, 5);
  addon.lstmForward({
    ...forward,
    c: call.read(call.infos[5]),
    peepholes: call.readOptional(call.infos[6]),
    plainOutput: call.attributes["plainOutput"] === true,
    finalC,
    saved,
  });
  const { batch, hiddenSize } = forward;
  return [...resultsOf(call, forward), call.tensor([batch, hiddenSize], finalC), savedTensor(call, saved)];
}

function lstmGradient(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const [output, saved, dOutput, dFinalH, dFinalC, ...infos] = call.infos;
  const backward = backwardOf(call, infos, [output, dOutput, dFinalH]);
  const peepholes = call.readOptional(infos[6]);
  const dC = new Float32Array(backward.dH.length);
  const dPeepholes = peepholes === undefined ? undefined : new Float32Array(peepholes.length);
  addon.lstmBackward({
    ...backward,
    c: call.read(infos[5]),
    peepholes,
    plainOutput: call.attributes["plainOutput"] === true,
    saved: call.read(saved),
    dFinalC: call.read(dFinalC),
    dC,
    dPeepholes,
  });
  return call.like(infos, [...gradientsOf(backward), dC, dPeepholes]);
}

function gru(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const forward = forwardOf(call);
  const reset = call.attributes["reset"] as string;
  const saved = savedOf(call, forward, reset === "after" ? 4 : reset === "before" ? 3 : 2);
  addon.gruForward({ ...forward, candidateBias: call.readOptional(call.infos[5]), reset, saved });
  return [...resultsOf(call, forward), savedTensor(call, saved)];
}

function gruGradient(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const [output, saved, dOutput, dFinalH, ...infos] = call.infos;
  const backward = backwardOf(call, infos, [output, dOutput, dFinalH]);
  const candidateBias = call.readOptional(infos[5]);
  const dCandidateBias = candidateBias === undefined ? undefined : new Float32Array(candidateBias.length);
  const reset = call.attributes["reset"] as string;
  addon.gruBackward({ ...backward, candidateBias, reset, saved: call.read(saved), dCandidateBias });
  return call.like(infos, [...gradientsOf(backward), dCandidateBias]);
}

function elman(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const forward = forwardOf(call);
  addon.elmanForward({ ...forward, relu: call.attributes["relu"] === true });
  return resultsOf(call, forward);
}

function elmanGradient(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const [output, dOutput, dFinalH, ...infos] = call.infos;
  const backward = backwardOf(call, infos, [output, dOutput, dFinalH]);
  addon.elmanBackward({ ...backward, relu: call.attributes["relu"] === true });
  return call.like(infos, gradientsOf(backward));
}

/** In the order of the inputs. */
function gradientsOf(call: BackwardCall): Float32Array[] {
  return [call.dInput, call.dInputKernel, call.dRecurrentKernel, call.dBias, call.dH];
}
