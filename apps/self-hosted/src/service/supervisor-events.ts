export type SupervisorEvent =
  | { readonly kind: "stop" }
  | { readonly kind: "reload" }
  | { readonly kind: "child-ended"; readonly pid: number; readonly how: string };

/** What happens to a supervisor, in the order it acts on it. */
export type EventQueue = {
  /** Aborted as soon as stop is asked for, so that no wait outlives it. */
  readonly stopping: AbortSignal;
  readonly stop: () => void;
  /** Asking again before the reload began changes nothing. */
  readonly reload: () => void;
  childEnded(pid: number, how: string): void;
  next(): Promise<SupervisorEvent>;
};

/** A queue that holds at most one stop, one reload, and one end for each child. */
export function createEventQueue(): EventQueue {
  const stopping = new AbortController();
  const waiting: SupervisorEvent[] = [];
  let wake: (() => void) | null = null;
  const add = (event: SupervisorEvent) => {
    const isRepeated =
      event.kind !== "child-ended" && waiting.some((one) => one.kind === event.kind);
    if (!isRepeated) waiting.push(event);
    wake?.();
    wake = null;
  };
  return {
    stopping: stopping.signal,
    stop: () => {
      stopping.abort();
      add({ kind: "stop" });
    },
    reload: () => add({ kind: "reload" }),
    childEnded: (pid, how) => add({ kind: "child-ended", pid, how }),
    next: async () => {
      for (;;) {
        const stop = waiting.find((event) => event.kind === "stop");
        const event = stop ?? waiting.shift();
        if (event !== undefined) return event;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
