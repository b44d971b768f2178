import { delimiter, dirname } from "node:path";

/** What a package manager tells the scripts it runs about itself; it is not true for a build elsewhere. */
const callersOwn =
  /^(npm_(lifecycle_|package_|command$|execpath$|node_execpath$)|INIT_CWD$|PNPM_SCRIPT_SRC_DIR$|PNPM_PACKAGE_NAME$|GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|PREFIX|NAMESPACE)$)/;

/**
 * The environment of the commands that make a build: the caller's, with the Node.js that runs
 * Trunkline first in PATH and the commit's time as SOURCE_DATE_EPOCH (seconds), so that what the
 * commands write does not depend on the clock.
 */
export function buildEnvironment(
  env: Readonly<Record<string, string>>,
  options: { readonly nodePath: string; readonly commitTime: Date },
): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !callersOwn.test(name));
  const path = [dirname(options.nodePath), env["PATH"] ?? ""].filter((folder) => folder !== "");
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    SOURCE_DATE_EPOCH: String(Math.floor(options.commitTime.getTime() / 1000)),
    TZ: "UTC",
    LC_ALL: "C.UTF-8",
  };
}
