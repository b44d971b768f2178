import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeBundle } from "@trunkline/bundle";
import type { BundleFile } from "@trunkline/bundle";
import type { CommandContext } from "../cli/command.ts";
import { Failure } from "../failure.ts";
import { commitsInEnvironments } from "../local-environment/commits-in-environments.ts";
import { buildEnvironment } from "../tools/build-environment.ts";
import { withBuildSlot } from "../tools/build-slot.ts";
import {
  buildPaths,
  ensureStateDirectory,
  readBuild,
  removeOldBuildArchives,
  touchBuild,
} from "../tools/build-store.ts";
import type { BuildRecord } from "../tools/build-store.ts";
import { bundleValue } from "../tools/bundle-value.ts";
import { commitTime } from "../tools/commit-time.ts";
import { withFileLock } from "../tools/file-lock.ts";
import { listFiles, resolveInside } from "../tools/list-files.ts";
import { replaceFile } from "../tools/replace-file.ts";
import type { Repository } from "../tools/repository.ts";
import { runLogged } from "../tools/run-logged.ts";

const waitForSameBuildMs = 60 * 60_000;

/** The folder inside the archive that holds the output; beside it are the archive's own lists. */
export const buildContentFolder = "content";

/**
 * Makes the build of a commit, once: an intact one is taken as it is, and of two callers at the
 * same time one builds and the other waits for it.
 * @throws Failure `build-failed` with the end of the output; `artifact-damaged`
 */
export async function makeBuild(
  repository: Repository,
  commit: string,
  context: CommandContext,
): Promise<BuildRecord> {
  const { stateDirectory } = repository;
  await ensureStateDirectory(stateDirectory);
  const paths = buildPaths(stateDirectory, commit);
  const lock = {
    file: paths.lock,
    purpose: `build ${commit}`,
    waitMs: waitForSameBuildMs,
    pid: context.pid,
  };
  return withFileLock(lock, async () => {
    const made = await readBuild(stateDirectory, commit);
    if (made === null) return buildInSlot(repository, commit, context);
    await touchBuild(stateDirectory, commit);
    return made;
  });
}

async function buildInSlot(
  repository: Repository,
  commit: string,
  context: CommandContext,
): Promise<BuildRecord> {
  const { git, policy, stateDirectory } = repository;
  const time = await commitTime(git, commit);
  const slot = { git, stateDirectory, commit, keep: policy.build.keep, pid: context.pid };
  return withBuildSlot(slot, async ({ directory, onStarted }) => {
    // A kept folder may hold the output of another commit.
    await rm(join(directory, policy.build.output), { recursive: true, force: true });
    await runLogged({
      commands: policy.build.commands,
      cwd: directory,
      env: buildEnvironment(context.env, {
        nodePath: context.nodePath,
        commitTime: time,
        environments: policy.environments,
      }),
      logFile: buildPaths(stateDirectory, commit).log,
      code: "build-failed",
      signal: context.signal,
      onStarted,
      tell: context.tell,
    });
    const entries = await outputEntries(directory, policy.build.output);
    const record = await packBuild({ repository, commit, time, entries });
    const serving = await commitsInEnvironments(stateDirectory);
    if (serving !== null) await removeOldBuildArchives(stateDirectory, serving);
    return record;
  });
}

async function outputEntries(directory: string, output: string): Promise<readonly BundleFile[]> {
  const folder = await resolveInside(join(directory, output), directory);
  const isFolder = folder !== null && (await stat(folder)).isDirectory();
  const files = isFolder ? await listFiles(folder, directory) : [];
  if (files.length === 0) {
    throw new Failure({
      code: "build-failed",
      message: `The build's commands ended well, but ${output} ${isFolder ? "is empty" : "is not a folder"}.`,
      next: "Mend build.commands or build.output in trunkline.config.ts.",
    });
  }
  return files.map(({ path, sourceFile }) => ({
    path: `${buildContentFolder}/${path}`,
    sourceFile,
  }));
}

async function packBuild(options: {
  readonly repository: Repository;
  readonly commit: string;
  readonly time: Date;
  readonly entries: readonly BundleFile[];
}): Promise<BuildRecord> {
  const { repository, commit } = options;
  const paths = buildPaths(repository.stateDirectory, commit);
  await mkdir(paths.directory, { recursive: true });
  const written = bundleValue(
    await writeBundle({
      product: repository.policy.product,
      version: commit,
      commit,
      arch: process.arch === "arm64" ? "linux-arm64" : "linux-x64",
      createdAt: options.time,
      entries: options.entries,
      outputFile: paths.archive,
    }),
    "build-failed",
  );
  const record: BuildRecord = {
    schemaVersion: 1,
    commit,
    digest: written.manifestDigest,
    sizeBytes: written.sizeBytes,
    fileSha256: written.sha256,
  };
  await replaceFile(paths.record, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}
