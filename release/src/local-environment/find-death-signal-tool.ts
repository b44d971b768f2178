import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { startProcess } from "../tools/run-command.ts";

/**
 * The command that makes a worker die with its supervisor (`setpriv --pdeathsig` of util-linux),
 * or an empty list where the machine has none: then orphans are found and killed at the next start.
 */
export async function findDeathSignalTool(
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const tool = join(folder, "setpriv");
    if (!isAbsolute(tool) || !(await isExecutable(tool))) continue;
    const prefix = ["--pdeathsig", "KILL"];
    const probe = await startProcess({
      command: tool,
      args: [...prefix, tool, "--version"],
      cwd: "/",
      env,
      stdio: "ignore",
      detached: false,
    });
    const { code } = await probe.exited;
    if (code === 0) return [tool, ...prefix];
  }
  return [];
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
