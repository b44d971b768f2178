import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readState } from "./environment-files.ts";

/**
 * The commits that serve, or are the previous ones, in every local environment of this machine.
 * null: an environment's state cannot be read, so that nobody knows.
 */
export async function commitsInEnvironments(
  stateDirectory: string,
): Promise<ReadonlySet<string> | null> {
  const folder = join(stateDirectory, "environments");
  const names = await readdir(folder).catch(() => []);
  try {
    const states = await Promise.all(names.map((name) => readState(join(folder, name))));
    return new Set(
      states.flatMap(({ serving, previous }) =>
        [serving, previous].flatMap((worker) => (worker === null ? [] : [worker.commit])),
      ),
    );
  } catch {
    return null;
  }
}
