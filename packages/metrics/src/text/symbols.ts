/** Numbers words, or identities of words, 0, 1, 2, … in the order in which they are first seen. */
export class Symbols {
  private readonly numbers = new Map<string | number, number>();

  /** The number of each symbol; a new symbol gets the next one. */
  encode(symbols: ArrayLike<string | number>): Int32Array {
    const encoded = new Int32Array(symbols.length);
    for (let index = 0; index < encoded.length; index++)
      encoded[index] = this.number(symbols[index] as string | number);
    return encoded;
  }

  private number(symbol: string | number): number {
    let number = this.numbers.get(symbol);
    if (number === undefined) this.numbers.set(symbol, (number = this.numbers.size));
    return number;
  }
}
