import type { WorkerSpec } from "./environment-files.ts";

/** Would both run the same? The order of env does not matter, that of the command does. */
export function isSameBuild(one: WorkerSpec, other: WorkerSpec): boolean {
  const text = (spec: WorkerSpec): string =>
    JSON.stringify([
      spec.commit,
      spec.digest,
      spec.directory,
      spec.command,
      Object.entries(spec.env).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  return text(one) === text(other);
}
