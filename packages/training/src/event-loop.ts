/** The parts of the global scope used here; Node has the first, browsers the second. */
interface Scheduler {
  readonly setImmediate?: (callback: () => void) => void;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: undefined): void };
  };
}

/**
 * Lets timers, signals and input have a turn. Promises alone do not: a loop that only awaits settled promises starves
 * everything else.
 */
export function eventLoopTurn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as unknown as Scheduler;
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    // Browsers hold a nested setTimeout back by 4 ms; a message comes at once.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
