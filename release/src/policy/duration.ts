const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  mo: 30.436_875 * 86_400_000,
  y: 365.2425 * 86_400_000,
};

/** Milliseconds of `30s`, `24h`, `14d`, `18mo`, `2y`; null when it is not such a text. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w|mo|y)$/.exec(text.trim());
  const factor = unitMs[match?.[2] ?? ""];
  if (match === null || factor === undefined) return null;
  return Math.round(Number(match[1]) * factor);
}

/** A duration as a person says it: `850 ms`, `12.3 s`, `5 min`, `3 h`, `12 days`. */
export function describeDuration(durationMs: number): string {
  if (durationMs < 1000) return `${String(Math.round(durationMs))} ms`;
  if (durationMs < 120_000) return `${(durationMs / 1000).toFixed(1)} s`;
  if (durationMs < 7_200_000) return `${String(Math.round(durationMs / 60_000))} min`;
  if (durationMs < 172_800_000) return `${String(Math.round(durationMs / 3_600_000))} h`;
  return `${String(Math.floor(durationMs / 86_400_000))} days`;
}
