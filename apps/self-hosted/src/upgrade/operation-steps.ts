import type { OperationBegun, StepName } from "../journal/operation.ts";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { isComplete, releaseDirectory, switchCurrent } from "../releases/current-release.ts";
import {
  placeStaged,
  removeRelease,
  stageFromBundle,
  stagingDirectory,
} from "../releases/place-release.ts";
import { verifyRelease } from "../releases/verify-release.ts";
import { findRunningService, hasSystemd } from "../service/running-service.ts";
import { reloadService } from "../service/reload-service.ts";
import { waitUntilHealthy } from "../service/wait-until-healthy.ts";
import { placeUnits } from "../site/place-units.ts";
import { backUpDatabase } from "./back-up-database.ts";
import type { OperationContext } from "./operation-context.ts";
import { checkNewRelease, migrateWithRelease } from "./run-new-release.ts";
import { tryCurrentRelease } from "./try-release.ts";

/** One step; running it again after it was cut off, or after it was done, ends the same. */
export type OperationStep = (
  operation: OperationBegun,
  context: OperationContext,
) => Promise<SiteResult<null>>;

export const OPERATION_STEPS: Readonly<Record<StepName, OperationStep>> = {
  unpack: unpackRelease,
  backup: backUp,
  migrate: ({ toVersion }, { paths, ambient }) =>
    migrateWithRelease(paths, releaseDirectory(paths, toVersion), ambient.isRoot),
  switch: ({ toVersion }, context) => switchTo(context, toVersion),
  restart: (_operation, context) => restartService(context),
  health: ({ toVersion }, context) => checkHealth(context, toVersion),
};

/** Makes a release current, with its systemd units where systemd runs the service. */
export async function switchTo(
  { paths, config }: OperationContext,
  version: string,
): Promise<SiteResult<null>> {
  if (hasSystemd(paths)) placeUnits(paths, releaseDirectory(paths, version), config.listen);
  switchCurrent(paths, version);
  return done(null);
}

/** Makes the running service go over to the current release. */
export async function restartService({
  paths,
  config,
}: OperationContext): Promise<SiteResult<null>> {
  return reloadService(paths, await findRunningService(paths, config));
}

/** Waits until the service is ready and is the release; tries the release when no service runs. */
export async function checkHealth(
  context: OperationContext,
  version: string,
): Promise<SiteResult<null>> {
  const { paths, config } = context;
  const service = await findRunningService(paths, config);
  const problem =
    service.kind === "stopped"
      ? await tryCurrentRelease(context, version)
      : await waitUntilHealthy({ address: service.address, version });
  if (problem === null) return done(null);
  const next = `Look at the log files in ${config.log.directory}.`;
  return failed("service-unhealthy", `Release ${version} does not serve: ${problem}`, next);
}

async function unpackRelease(
  operation: OperationBegun,
  context: OperationContext,
): Promise<SiteResult<null>> {
  const { paths } = context;
  const { toVersion: version, bundle } = operation;
  if (bundle === null) throw new Error("only an upgrade unpacks, and it has a bundle");
  if (isComplete(paths, version)) {
    const differences = await verifyRelease(releaseDirectory(paths, version));
    if (differences.ok && differences.value.length === 0) {
      return checkNewRelease(paths, releaseDirectory(paths, version), version);
    }
    removeRelease(paths, version);
  }
  const staged = await stageFromBundle(paths, { ...bundle, version });
  if (!staged.ok) return staged;
  const checked = await checkNewRelease(paths, stagingDirectory(paths, version), version);
  if (checked.ok) placeStaged(paths, version);
  return checked;
}

async function backUp(
  operation: OperationBegun,
  { paths, config, say }: OperationContext,
): Promise<SiteResult<null>> {
  const { fromVersion, at } = operation;
  const made = await backUpDatabase({ paths, databaseUrl: config.databaseUrl, fromVersion, at });
  if (!made.ok) return made;
  if (made.value !== null) say(`  backup: ${made.value}`);
  return done(null);
}
