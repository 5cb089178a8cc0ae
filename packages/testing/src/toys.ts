import { type Random } from "@timestep/base";

/** Symbols in, symbols out: one target per step of the input. */
export interface SymbolExample {
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
}

/** Real numbers in, one real number out. */
export interface AddingExample {
  /** [T][2]: a value in [0, 1) and a marker, 1 at the two steps to be added and 0 elsewhere. */
  readonly inputs: readonly (readonly [number, number])[];
  readonly target: number;
}

/** Symbols in, one class out. */
export interface BracketExample {
  /** Symbol 2p opens kind p, 2p+1 closes it. */
  readonly inputs: readonly number[];
  /** 1 when every bracket is closed by its own kind in the right order, else 0. */
  readonly target: 0 | 1;
}

/** The symbol that means "nothing here" in the copy and reverse tasks. */
export const blankSymbol = 0;

/**
 * The copy task: `length` symbols from 1…symbolCount, `delay` blanks, the go symbol (symbolCount + 1), then
 * `length` blanks, during which the symbols are to be given back in order. Before that the target is the blank.
 * Both sequences have 2·length + delay + 1 steps.
 *
 * @see Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; in this form Arjovsky et al. 2016, arXiv:1511.06464.
 */
export function copyTask(
  random: Random,
  options: { length: number; symbolCount: number; delay?: number },
): SymbolExample {
  return recallTask(random, options, (symbols) => symbols);
}

/** The copy task with the symbols to be given back in reverse order. */
export function reverseTask(
  random: Random,
  options: { length: number; symbolCount: number; delay?: number },
): SymbolExample {
  return recallTask(random, options, (symbols) => symbols.toReversed());
}

function recallTask(
  random: Random,
  options: { length: number; symbolCount: number; delay?: number },
  arrange: (symbols: number[]) => number[],
): SymbolExample {
  const { length, symbolCount, delay = 0 } = options;
  const symbols = Array.from({ length }, () => 1 + random.integer(symbolCount));
  const blanks = (count: number): number[] => Array.from({ length: count }, () => blankSymbol);
  return {
    inputs: [...symbols, ...blanks(delay), symbolCount + 1, ...blanks(length)],
    targets: [...blanks(length + delay + 1), ...arrange(symbols)],
  };
}

/**
 * The adding problem: of `length` values two are marked, one in each half; the target is their sum. Always
 * answering 1 gives a mean squared error of 1/6.
 *
 * @see Hochreiter & Schmidhuber 1997, section 5.4.
 */
export function addingProblem(random: Random, options: { length: number }): AddingExample {
  const { length } = options;
  if (length < 2) throw new RangeError(`the adding problem needs 2 steps or more, got ${length}`);
  const half = Math.floor(length / 2);
  const first = random.integer(half);
  const second = half + random.integer(length - half);
  const inputs = Array.from({ length }, (_, t): [number, number] => [
    random.uniform(),
    t === first || t === second ? 1 : 0,
  ]);
  return { inputs, target: (inputs[first] as [number, number])[0] + (inputs[second] as [number, number])[0] };
}

/** Running parity: the inputs are bits, the target of a step is 1 when an odd number of them has been 1 so far. */
export function parityTask(random: Random, options: { length: number }): SymbolExample {
  const inputs = Array.from({ length: options.length }, () => random.integer(2));
  let parity = 0;
  return { inputs, targets: inputs.map((bit) => (parity ^= bit)) };
}

/**
 * Bracket matching over `kinds` kinds of brackets: about half of the examples are balanced; the others are balanced
 * strings with one symbol changed, so that counting symbols does not settle it when `kinds` is above 1.
 */
export function bracketMatching(random: Random, options: { pairs: number; kinds?: number }): BracketExample {
  const { pairs, kinds = 1 } = options;
  if (pairs < 1) throw new RangeError(`bracket matching needs a pair or more, got ${pairs}`);
  const inputs: number[] = [];
  const open: number[] = [];
  for (let opened = 0; opened < pairs || open.length > 0;) {
    if (opened < pairs && (open.length === 0 || random.integer(2) === 0)) {
      const kind = random.integer(kinds);
      inputs.push(2 * kind);
      open.push(kind);
      opened++;
    } else {
      inputs.push(2 * (open.pop() as number) + 1);
    }
  }
  if (random.integer(2) === 0) {
    const at = random.integer(inputs.length);
    inputs[at] = ((inputs[at] as number) + 1 + random.integer(2 * kinds - 1)) % (2 * kinds);
  }
  return { inputs, target: isBalanced(inputs) ? 1 : 0 };
}

/** Whether every bracket is closed by its own kind in the right order. */
export function isBalanced(symbols: readonly number[]): boolean {
  const open: number[] = [];
  for (const symbol of symbols) {
    if (symbol % 2 === 0) open.push(symbol >> 1);
    else if (open.pop() !== symbol >> 1) return false;
  }
  return open.length === 0;
}
