import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { floats, fresh, type KernelArguments, make, sizeOf } from "../backend/backend-values.js";
import type {
  BackwardCall,
  BackwardSequenceCall,
  DirectionCall,
  ForwardCall,
  RecurrentAddon,
  SequenceCall,
} from "./recurrent-addon.js";

/**
 * The recurrent kernels of the backend: whole sequences in one direction or two, forward and backward, one call each.
 *
 * Inputs come as a list: the input, and for each direction [inputKernel, recurrentKernel, bias, h, …]. The forward
 * kernels give the output and for each direction [final states, what the backward pass needs]; the "Grad" kernels
 * take that output, for each direction what was kept, the gradients from above in the order of the results, and then
 * all that the forward kernel took; they give the gradient of each input. @timestep/core calls them
 * (`runSequenceKernel` there states the same contract).
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

type Inputs = readonly (TensorInfo | undefined)[];

/** What a kernel was called with, and the tensors that it makes. */
class KernelCall {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of each direction: whether it runs from the last step to the first. */
  readonly reverse: readonly boolean[];
  private readonly infos: TensorInfo[];
  private readonly backend: unknown;

  constructor({ inputs, attrs, backend }: KernelArguments) {
    this.backend = backend;
    this.attributes = attrs ?? {};
    this.reverse = this.attributes["reverse"] as boolean[];
    this.infos = Object.values(inputs as Record<string, TensorInfo>);
  }

  /** The next tensor of the list. */
  take(): TensorInfo {
    const next = this.infos.shift();
    if (next === undefined) throw new TypeError("a recurrent kernel got too few tensors");
    return next;
  }

  /** The rest of the list in equal shares, one for each direction. */
  takeShares(): Inputs[] {
    const share = this.infos.length / this.reverse.length;
    return this.reverse.map(() => this.infos.splice(0, share));
  }

  read(info: TensorInfo | undefined): Float32Array {
    if (info === undefined) throw new TypeError("a recurrent kernel got too few tensors");
    return floats(this.backend, info);
  }

  readOptional(info: TensorInfo | undefined): Float32Array | undefined {
    return info === undefined ? undefined : floats(this.backend, info);
  }

  result(count: number): Float32Array {
    return fresh(this.backend, count);
  }

  /** As large as a tensor that came in. */
  resultLike(info: TensorInfo | undefined): Float32Array {
    return this.result(sizeOf(info?.shape ?? []));
  }

  /** A result as the tensor that it becomes once the kernel has run. */
  tensor(shape: readonly number[], values: Float32Array): TensorInfo {
    return make(this.backend, shape, "float32", values);
  }

  /** Gradients in the shapes of the tensors that they belong to. */
  like(infos: Inputs, values: readonly (Float32Array | undefined)[]): TensorInfo[] {
    return infos.map((info, index) => this.tensor(info?.shape ?? [], values[index] as Float32Array));
  }
}

/** The part of a call that all directions share. */
function sharedOf(
  call: KernelCall,
  input: TensorInfo,
  shares: readonly Inputs[],
): Omit<SequenceCall<never>, "output" | "directions"> {
  const [batch = 0, time = 0, inputSize = 0] = input.shape;
  return {
    batch,
    time,
    inputSize,
    hiddenSize: shares[0]?.[3]?.shape[1] ?? 0,
    lengths: Int32Array.from(call.attributes["lengths"] as number[]),
    input: call.read(input),
  };
}

/** One direction's own, from [inputKernel, recurrentKernel, bias, h, …]. */
function directionOf(call: KernelCall, index: number, infos: Inputs): DirectionCall {
  const [inputKernel, recurrentKernel, bias, h] = infos;
  return {
    reverse: call.reverse[index] === true,
    inputKernel: call.read(inputKernel),
    recurrentKernel: call.read(recurrentKernel),
    bias: call.read(bias),
    h: call.read(h),
  };
}

/** A direction of a forward call, its states besides h, and what it keeps for the backward pass, if anything. */
interface ForwardDirection<Direction> {
  readonly direction: Direction;
  readonly states?: readonly Float32Array[];
  readonly kept?: Float32Array | undefined;
}

/** Builds a forward call, runs it, and gives the output and then what `own` made for each direction. */
function runForward<Direction extends ForwardCall>(
  call: KernelCall,
  own: (direction: ForwardCall, infos: Inputs, rows: number) => ForwardDirection<Direction>,
  run: (whole: SequenceCall<Direction>) => void,
): TensorInfo[] {
  const input = call.take();
  const shares = call.takeShares();
  const shared = sharedOf(call, input, shares);
  const { batch, time, hiddenSize } = shared;
  const width = hiddenSize * shares.length;
  const made = shares.map((infos, index) =>
    own(
      { ...directionOf(call, index, infos), finalH: call.result(batch * hiddenSize) },
      infos,
      batch * time * hiddenSize,
    ),
  );
  const output = call.result(batch * time * width);
  run({ ...shared, output, directions: made.map(({ direction }) => direction) });
  const rest = made.flatMap(({ direction, states = [], kept }) => [
    ...[direction.finalH, ...states].map((state) => call.tensor([batch, hiddenSize], state)),
    // Opaque: of no elements as far as TF.js knows, which would otherwise make as many zeros for a gradient of it.
    ...(kept === undefined ? [] : [call.tensor([0], kept)]),
  ]);
  return [call.tensor([batch, time, width], output), ...rest];
}

/** What comes in from above for one direction: what the forward pass kept, and the gradients of its states. */
interface Upstream {
  readonly kept: TensorInfo | undefined;
  readonly dStates: readonly TensorInfo[];
}

/** Builds a backward call, runs it, and gives the gradients of input and of each direction's inputs. */
function runBackward<Direction extends BackwardCall>(
  call: KernelCall,
  { keeps, states }: { keeps: boolean; states: number },
  own: (
    direction: BackwardCall,
    infos: Inputs,
    upstream: Upstream,
  ) => {
    direction: Direction;
    extra: (Float32Array | undefined)[];
  },
  run: (whole: BackwardSequenceCall<Direction>) => void,
): TensorInfo[] {
  const output = call.read(call.take());
  const kept = call.reverse.map(() => (keeps ? call.take() : undefined));
  const dOutput = call.read(call.take());
  const dStates = call.reverse.map(() => Array.from({ length: states }, () => call.take()));
  const input = call.take();
  const shares = call.takeShares();
  const made = shares.map((infos, index) => {
    const upstream: Upstream = { kept: kept[index], dStates: dStates[index] as TensorInfo[] };
    const direction: BackwardCall = {
      ...directionOf(call, index, infos),
      dFinalH: call.read(upstream.dStates[0]),
      dInputKernel: call.resultLike(infos[0]),
      dRecurrentKernel: call.resultLike(infos[1]),
      dBias: call.resultLike(infos[2]),
      dH: call.resultLike(infos[3]),
    };
    return own(direction, infos, upstream);
  });
  const dInput = call.resultLike(input);
  const directions = made.map(({ direction }) => direction);
  run({ ...sharedOf(call, input, shares), output, dOutput, dInput, directions });
  const gradients = made.flatMap(({ direction, extra }, index) => {
    const { dInputKernel, dRecurrentKernel, dBias, dH } = direction;
    return call.like(shares[index] as Inputs, [dInputKernel, dRecurrentKernel, dBias, dH, ...extra]);
  });
  return [...call.like([input], [dInput]), ...gradients];
}

/** What the backward pass needs; nothing when TF.js records no gradients. */
function savedOf(call: KernelCall, count: number): Float32Array | undefined {
  return call.attributes["training"] === true ? call.result(count) : undefined;
}

function lstm(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const plainOutput = call.attributes["plainOutput"] === true;
  return runForward(
    call,
    (direction, infos, rows) => {
      const saved = savedOf(call, 5 * rows);
      const finalC = call.result(direction.finalH.length);
      const peepholes = call.readOptional(infos[5]);
      return {
        direction: { ...direction, c: call.read(infos[4]), peepholes, plainOutput, finalC, saved },
        states: [finalC],
        kept: saved,
      };
    },
    (whole) => addon.lstmForward(whole),
  );
}

function lstmGradient(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const plainOutput = call.attributes["plainOutput"] === true;
  return runBackward(
    call,
    { keeps: true, states: 2 },
    (direction, infos, { kept, dStates }) => {
      const peepholes = call.readOptional(infos[5]);
      const dC = call.resultLike(infos[4]);
      const dPeepholes = peepholes === undefined ? undefined : call.resultLike(infos[5]);
      const own = { c: call.read(infos[4]), peepholes, plainOutput, saved: call.read(kept), dC, dPeepholes };
      return { direction: { ...direction, ...own, dFinalC: call.read(dStates[1]) }, extra: [dC, dPeepholes] };
    },
    (whole) => addon.lstmBackward(whole),
  );
}

/** Floats kept for each unit of each step, by the form of a GRU. */
function gruWidths(reset: string): number {
  return reset === "after" ? 4 : reset === "before" ? 3 : 2;
}

function gru(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const reset = call.attributes["reset"] as string;
  return runForward(
    call,
    (direction, infos, rows) => {
      const saved = savedOf(call, gruWidths(reset) * rows);
      const candidateBias = call.readOptional(infos[4]);
      return { direction: { ...direction, candidateBias, reset, saved }, kept: saved };
    },
    (whole) => addon.gruForward(whole),
  );
}

function gruGradient(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const reset = call.attributes["reset"] as string;
  return runBackward(
    call,
    { keeps: true, states: 1 },
    (direction, infos, { kept }) => {
      const candidateBias = call.readOptional(infos[4]);
      const dCandidateBias = candidateBias === undefined ? undefined : call.resultLike(infos[4]);
      const own = { candidateBias, reset, saved: call.read(kept), dCandidateBias };
      return { direction: { ...direction, ...own }, extra: [dCandidateBias] };
    },
    (whole) => addon.gruBackward(whole),
  );
}

function elman(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const relu = call.attributes["relu"] === true;
  return runForward(
    call,
    (direction) => ({ direction: { ...direction, relu } }),
    (whole) => addon.elmanForward(whole),
  );
}

function elmanGradient(addon: RecurrentAddon, call: KernelCall): TensorInfo[] {
  const relu = call.attributes["relu"] === true;
  return runBackward(
    call,
    { keeps: false, states: 1 },
    (direction) => ({ direction: { ...direction, relu }, extra: [] }),
    (whole) => addon.elmanBackward(whole),
  );
}
