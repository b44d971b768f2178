import type { Clock } from "../links/clock.ts";

/** A clock that stands still until it is told to move. */
export class FixedClock implements Clock {
  #nowMs: number;

  constructor(start = "2026-01-01T00:00:00.000Z") {
    this.#nowMs = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }
}
