import { join } from "node:path";

export interface EnvironmentDirectory {
  /** Holds the supervisor's files. */
  readonly root: string;
  /** Unpacked builds, each in a folder named for its digest. */
  readonly builds: string;
  /** `{data}`: what the builds keep between deployments. */
  readonly data: string;
  /** What a rollback is about to do, written before it does it. */
  readonly rollbackIntent: string;
}

/** Where a local environment lives on this machine. Absolute paths. */
export function environmentDirectory(
  stateDirectory: string,
  environment: string,
): EnvironmentDirectory {
  const root = join(stateDirectory, "environments", environment);
  return {
    root,
    builds: join(root, "builds"),
    data: join(root, "data"),
    rollbackIntent: join(root, "rollback.json"),
  };
}
