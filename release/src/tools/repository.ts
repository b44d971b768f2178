import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { exitCodes, Failure } from "../failure.ts";
import type { CommandContext, CommandInput } from "../cli/command.ts";
import type { LedgerOptions } from "../ledger/ledger.ts";
import type { Policy } from "../policy/config.ts";
import { createGit } from "./git.ts";
import type { Git } from "./git.ts";
import { loadPolicy } from "./load-policy.ts";

/** One checkout with its policy: what every verb starts from. */
export interface Repository {
  readonly git: Git;
  readonly policy: Policy;
  readonly topDirectory: string;
  /** Builds, journals, local environments: the main work tree's, whichever work tree is used. */
  readonly stateDirectory: string;
  /** The folder inside the git directory for locks, journals and work trees. */
  readonly privateDirectory: string;
  readonly ledger: LedgerOptions;
}

/**
 * Opens the repository around the current directory (or `--repo`).
 * @throws Failure `not-a-repository`, `config-missing`, `config-invalid`
 */
export async function openRepository(
  input: CommandInput,
  context: CommandContext,
): Promise<Repository> {
  const named = input.options["repo"];
  const directory = typeof named === "string" ? resolve(context.cwd, named) : context.cwd;
  const found = await createGit(directory, context.env)
    .attempt(["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir"])
    .catch(() => null);
  const [topDirectory, commonDirectory] =
    found?.code === 0 ? found.stdout.toString().trim().split("\n") : [];
  if (topDirectory === undefined || commonDirectory === undefined) {
    throw new Failure({
      code: "not-a-repository",
      message: `${directory} is not in a git work tree.`,
      next: "Run trunkline inside a clone, or name one with --repo DIR.",
      exitCode: exitCodes.usage,
    });
  }
  const git = createGit(topDirectory, context.env);
  const policy = await loadPolicy(topDirectory);
  const privateDirectory = join(commonDirectory, "trunkline");
  await mkdir(privateDirectory, { recursive: true });
  return {
    git,
    policy,
    topDirectory,
    privateDirectory,
    stateDirectory: stateDirectoryOf({ policy, context, topDirectory }),
    ledger: { git, remote: policy.remote, now: context.now, pid: context.pid },
  };
}

/** The variable wins, so that several checkouts on one machine can keep their state in one place. */
function stateDirectoryOf(options: {
  readonly policy: Policy;
  readonly context: CommandContext;
  readonly topDirectory: string;
}): string {
  const named = options.context.env["TRUNKLINE_STATE_DIRECTORY"];
  if (named !== undefined && named !== "") return resolve(options.context.cwd, named);
  return resolve(options.topDirectory, options.policy.stateDirectory);
}

/** The environment's policy. @throws Failure `environment-unknown` with the names there are */
export function environmentPolicy(policy: Policy, name: string): Policy["environments"][string] {
  const found = policy.environments[name];
  if (found !== undefined) return found;
  throw new Failure({
    code: "environment-unknown",
    message: `The policy has no environment "${name}".`,
    next: `Use one of: ${Object.keys(policy.environments).join(", ") || "(none; add one to trunkline.config.ts)"}.`,
    exitCode: exitCodes.usage,
  });
}
