import { delimiter, dirname } from "node:path";
import type { Policy } from "../policy/config.ts";
import { namedVariables } from "../policy/template.ts";

/** What a package manager tells the scripts it runs about itself; it is not true for a build elsewhere. */
const callersOwn =
  /^(npm_(lifecycle_|package_|command$|execpath$|node_execpath$)|INIT_CWD$|PNPM_SCRIPT_SRC_DIR$|PNPM_PACKAGE_NAME$|GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|PREFIX|NAMESPACE)$)/;

/** No secrets, and commands do not work without them. */
const plain: ReadonlySet<string> = new Set(["HOME", "PATH", "TMPDIR", "USER"]);

/**
 * The environment of the commands that make a build: the caller's, with the Node.js that runs
 * Trunkline first in PATH and the commit's time as SOURCE_DATE_EPOCH (seconds), so that what the
 * commands write does not depend on the clock. What the policy hands to a running build with
 * `{env:NAME}` is a secret of the environment: the commands do not see it.
 */
export function buildEnvironment(
  env: Readonly<Record<string, string>>,
  options: {
    readonly nodePath: string;
    readonly commitTime: Date;
    readonly environments: Policy["environments"];
  },
): Record<string, string> {
  const texts = Object.values(options.environments).flatMap((environment) => [
    ...environment.command,
    ...Object.values(environment.env),
  ]);
  const secrets = new Set(namedVariables(texts).filter((name) => !plain.has(name)));
  const kept = Object.entries(env).filter(([name]) => !callersOwn.test(name) && !secrets.has(name));
  const path = [dirname(options.nodePath), env["PATH"] ?? ""].filter((folder) => folder !== "");
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    SOURCE_DATE_EPOCH: String(Math.floor(options.commitTime.getTime() / 1000)),
    TZ: "UTC",
    LC_ALL: "C.UTF-8",
  };
}
