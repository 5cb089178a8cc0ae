/**
 * Groups of up to `size` items, each as large as what has already arrived: a file comes in full groups, a person who
 * types line by line is answered after every line.
 */
export async function* batched<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  const iterator = items[Symbol.asyncIterator]();
  let group: T[] = [];
  let next = iterator.next();
  for (;;) {
    const arrived = group.length === 0 ? await next : await Promise.race([next, nextTurn()]);
    if (arrived !== waiting && arrived.done !== true) {
      group.push(arrived.value);
      next = iterator.next();
      if (group.length < size) continue;
    }
    if (group.length > 0) yield group;
    group = [];
    if (arrived !== waiting && arrived.done === true) return;
  }
}

const waiting = Symbol("nothing has arrived");

function nextTurn(): Promise<typeof waiting> {
  return new Promise((resolve) => {
    setImmediate(resolve, waiting);
  });
}
