import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

export interface KeepOptions {
  readonly folder: string;
  /** Names that may be removed; all others are left alone and not counted. */
  readonly pattern: RegExp;
  readonly count: number;
  /** Names that stay, whatever their age. */
  readonly except?: ReadonlySet<string>;
}

/**
 * Removes all but the newest files and folders (by their time of change). Best effort: one that
 * cannot be removed, or that somebody else removes meanwhile, is no failure.
 */
export async function keepNewest(options: KeepOptions): Promise<void> {
  const { folder, pattern, count, except } = options;
  const names = (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name));
  if (names.length <= count) return;
  const found = await Promise.all(
    names.map(async (name) => ({
      name,
      changedMs: await stat(join(folder, name)).then(
        (status) => status.mtimeMs,
        () => 0,
      ),
    })),
  );
  const old = found.toSorted((left, right) => right.changedMs - left.changedMs).slice(count);
  for (const { name } of old) {
    if (except?.has(name) === true) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
