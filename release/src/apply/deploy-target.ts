import type { Supervisor } from "../local-environment/supervisor-client.ts";
import type { CommandContext } from "../cli/command.ts";
import { readLocalEnvironment } from "../facts/local-environment.ts";
import type { LocalEnvironment } from "../facts/local-environment.ts";
import type { LocalEnvironmentPolicy } from "../policy/config.ts";
import { environmentDirectory } from "../tools/environment-directory.ts";
import type { EnvironmentDirectory } from "../tools/environment-directory.ts";
import { environmentValue } from "../tools/environment-value.ts";
import { environmentPolicy } from "../tools/repository.ts";
import type { Repository } from "../tools/repository.ts";

/** One environment of the policy on this machine: what deploy, rollback, start and stop work on. */
export interface DeployTarget {
  readonly name: string;
  readonly policy: LocalEnvironmentPolicy;
  readonly directory: EnvironmentDirectory;
  readonly repository: Repository;
  readonly context: CommandContext;
  /** What it does now. @throws Failure `supervisor-failed` */
  look(): Promise<LocalEnvironment>;
  /** The running supervisor, started when there is none. @throws Failure `supervisor-failed` */
  ensure(ownerPid: number | null): Promise<Supervisor>;
}

/** @throws Failure `environment-unknown` */
export function openDeployTarget(
  repository: Repository,
  name: string,
  context: CommandContext,
): DeployTarget {
  const policy = environmentPolicy(repository.policy, name);
  const directory = environmentDirectory(repository.stateDirectory, name);
  return {
    name,
    policy,
    directory,
    repository,
    context,
    look: () => readLocalEnvironment(directory.root),
    ensure: async (ownerPid) => {
      // Loaded when it is needed: a rollback in a running environment does without.
      const { ensureSupervisor } = await import("../local-environment/ensure-supervisor.ts");
      const outcome = await ensureSupervisor({
        directory: directory.root,
        publicHost: policy.host,
        publicPort: policy.port,
        nodePath: context.nodePath,
        env: context.env,
        ...(ownerPid === null ? {} : { ownerPid }),
      });
      return environmentValue(outcome);
    },
  };
}
