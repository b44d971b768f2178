import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileSha256 } from "@trunkline/bundle";
import { z } from "zod";
import { Failure } from "../failure.ts";
import { keepNewest } from "./keep-newest.ts";

/** Builds beyond these are made anew when they are asked for. */
const keptBuilds = 20;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const buildRecordSchema = z.object({
  schemaVersion: z.literal(1),
  commit: z.string(),
  /**
   * The build's identity: sha256 of the archive's `manifest.json`, which lists the commit and every
   * file with path, mode, size and sha256. It does not depend on compression, time or machine.
   */
  digest: sha256,
  sizeBytes: z.int().nonnegative(),
  /** sha256 of the archive file, to notice damage on this machine. */
  fileSha256: sha256,
});

export type BuildRecord = Readonly<z.output<typeof buildRecordSchema>>;

export interface BuildPaths {
  readonly directory: string;
  readonly archive: string;
  /** Written last: without it there is no build. */
  readonly record: string;
  readonly lock: string;
  readonly log: string;
}

export function buildPaths(stateDirectory: string, commit: string): BuildPaths {
  const directory = join(stateDirectory, "builds", commit);
  return {
    directory,
    archive: join(directory, "build.tar.gz"),
    record: join(directory, "record.json"),
    lock: join(stateDirectory, "builds", `${commit}.lock`),
    log: join(stateDirectory, "logs", `build-${commit}.log`),
  };
}

/** Makes the state directory, ignored by git wherever it is. */
export async function ensureStateDirectory(stateDirectory: string): Promise<void> {
  await mkdir(join(stateDirectory, "builds"), { recursive: true });
  const ignore = join(stateDirectory, ".gitignore");
  await writeFile(ignore, "*\n", { flag: "wx" }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
}

/**
 * The record of a commit's build after checking its archive; null when it was not made yet.
 * @throws Failure `artifact-damaged` naming the file
 */
export async function readBuild(
  stateDirectory: string,
  commit: string,
): Promise<BuildRecord | null> {
  const paths = buildPaths(stateDirectory, commit);
  const text = await readFile(paths.record, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const record = parseRecord(text);
  if (record === null || record.commit !== commit) {
    throw damaged(paths, paths.record, "it is not a build's record");
  }
  const found = await fileSha256(paths.archive);
  if (!found.ok) throw damaged(paths, paths.archive, found.failure.message);
  if (found.value !== record.fileSha256) {
    throw damaged(
      paths,
      paths.archive,
      `its sha256 is ${found.value}, recorded is ${record.fileSha256}`,
    );
  }
  return record;
}

/** Counts a build as used now, so that it is not among the old ones. */
export async function touchBuild(stateDirectory: string, commit: string): Promise<void> {
  const now = new Date();
  await utimes(buildPaths(stateDirectory, commit).directory, now, now);
}

/** Removes all builds but the twenty used last, never one of those in use (commits). */
export async function removeOldBuildArchives(
  stateDirectory: string,
  inUse: ReadonlySet<string>,
): Promise<void> {
  await keepNewest({
    folder: join(stateDirectory, "builds"),
    pattern: /^[0-9a-f]{40,64}$/,
    count: keptBuilds,
    except: inUse,
  });
}

function parseRecord(text: string): BuildRecord | null {
  try {
    return buildRecordSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function damaged(paths: BuildPaths, file: string, how: string): Failure {
  return new Failure({
    code: "artifact-damaged",
    message: `${file} is damaged: ${how}.`,
    next: `Check the disk; then \`rm -r ${paths.directory}\` and run the same command again: it builds anew.`,
  });
}
