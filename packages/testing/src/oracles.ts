/** Every sequence of `length` symbols from 0…symbolCount-1, in dictionary order: symbolCount^length of them. */
export function everySequence(symbolCount: number, length: number): number[][] {
  let sequences: number[][] = [[]];
  for (let t = 0; t < length; t++) {
    sequences = sequences.flatMap((head) =>
      Array.from({ length: symbolCount }, (_, symbol) => [...head, symbol]),
    );
  }
  return sequences;
}

/** ln Σ exp(term) by adding up; -Infinity for no terms. */
export function logSum(terms: readonly number[]): number {
  const most = terms.reduce((a, b) => Math.max(a, b), -Infinity);
  if (most === -Infinity) return most;
  return most + Math.log(terms.reduce((total, term) => total + Math.exp(term - most), 0));
}
