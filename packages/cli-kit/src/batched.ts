/**
 * Groups of up to `size` items, each as large as what has already arrived: a file comes in full groups, a person who
 * types line by line is answered after every line. Items that came before a failure are handed out before it is thrown.
 */
export async function* batched<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  const iterator = items[Symbol.asyncIterator]();
  let group: T[] = [];
  let next = ahead(iterator);
  for (;;) {
    let arrived;
    try {
      arrived = group.length === 0 ? await next : await Promise.race([next, nextTurn()]);
    } catch (error) {
      if (group.length > 0) yield group;
      throw error;
    }
    if (arrived !== waiting && arrived.done !== true) {
      group.push(arrived.value);
      next = ahead(iterator);
      if (group.length < size) continue;
    }
    if (group.length > 0) yield group;
    group = [];
    if (arrived !== waiting && arrived.done === true) return;
  }
}

/** The next item, asked for while a group is still being answered: its failure waits until somebody looks. */
function ahead<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = iterator.next();
  next.catch(() => undefined);
  return next;
}

const waiting = Symbol("nothing has arrived");

function nextTurn(): Promise<typeof waiting> {
  return new Promise((resolve) => {
    setImmediate(resolve, waiting);
  });
}
