import type { Dispatcher } from "undici";

/** A live worker as the front proxy sees it. */
export interface ServingTarget {
  readonly dispatcher: Dispatcher;
  /** Around each request, so that a worker is stopped only when its requests are done. */
  begin(): void;
  end(): void;
}

export type WaitResult = ServingTarget | "too-many" | "too-late" | "given-up" | "client-gone";

/** Says where a request goes now, and holds requests back, bounded, while there is nowhere to go. */
export class ServingGate {
  readonly #waitersBound: number;
  readonly #waiters = new Set<(result: WaitResult) => void>();
  #target: ServingTarget | null = null;
  #givenUp = false;

  constructor(waitersBound: number) {
    this.#waitersBound = waitersBound;
  }

  get target(): ServingTarget | null {
    return this.#target;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Requests that start from now on go there; null holds them back. */
  point(target: ServingTarget | null): void {
    this.#target = target;
    this.#givenUp = false;
    if (target !== null) this.#wake(target);
  }

  /** There will be no worker unless someone acts: nobody waits. */
  giveUp(): void {
    this.#target = null;
    this.#givenUp = true;
    this.#wake("given-up");
  }

  wait(timeoutMs: number, gone: AbortSignal): Promise<WaitResult> {
    if (this.#target !== null) return Promise.resolve(this.#target);
    if (this.#givenUp) return Promise.resolve("given-up");
    if (this.#waiters.size >= this.#waitersBound) return Promise.resolve("too-many");
    if (gone.aborted) return Promise.resolve("client-gone");
    return new Promise((resolve) => {
      const settle = (result: WaitResult): void => {
        clearTimeout(timer);
        gone.removeEventListener("abort", onGone);
        this.#waiters.delete(settle);
        resolve(result);
      };
      const onGone = (): void => {
        settle("client-gone");
      };
      const timer = setTimeout(settle, Math.max(0, timeoutMs), "too-late");
      gone.addEventListener("abort", onGone);
      this.#waiters.add(settle);
    });
  }

  #wake(result: WaitResult): void {
    // Each waiter leaves the set as it is woken, which a set allows while it is walked.
    for (const settle of this.#waiters) settle(result);
  }
}
