import { resolve } from "node:path";
import type { CommandContext, RunVerb } from "../cli/command.ts";
import type { CommandResult } from "../cli/command-outcome.ts";
import { applyInstall } from "../install/apply-install.ts";
import { planInstall } from "../install/plan-install.ts";
import type { InstallPlan, InstallRequest } from "../install/plan-install.ts";
import { formatUrl } from "../service/format-url.ts";
import { hasSystemd } from "../service/running-service.ts";
import { asServiceUser, dataOwner } from "../site/service-user.ts";
import { withChangeLock } from "../upgrade/with-change-lock.ts";

/** `install`: plans, then puts the release, the directories and the default configuration in place. */
export const runInstall: RunVerb = async (context, options) => {
  const { ambient, paths } = context;
  const request: InstallRequest = {
    paths,
    sourceDirectory: resolve(textOr(options["from"], ambient.releaseDirectory)),
    listen: typeof options["listen"] === "string" ? options["listen"] : null,
    allowedSignersFile:
      typeof options["allowedSigners"] === "string" ? options["allowedSigners"] : null,
  };
  const plan = await planInstall(request);
  if (!plan.ok) return plan;
  if (plan.value.isDone) return describeDone(context, plan.value);
  if (options["plan"] === true) return describePlan(context, plan.value);
  return withChangeLock(context, "shortlinectl install", async () => {
    // Another install may have ended between the plan and the lock.
    const planned = await planInstall(request);
    if (!planned.ok) return planned;
    if (planned.value.isDone) return describeDone(context, planned.value);
    const applied = await applyInstall(paths, planned.value, ambient.isRoot);
    return applied.ok ? describeInstalled(context, planned.value) : applied;
  });
};

function textOr(given: unknown, otherwise: string): string {
  return typeof given === "string" ? given : otherwise;
}

function describeDone({ paths }: CommandContext, { manifest }: InstallPlan): CommandResult {
  const { version } = manifest;
  const text = `Shortline ${version} is installed under ${paths.prefix}: nothing to do.`;
  return { ok: true, value: { data: { changed: false, version, prefix: paths.prefix }, text } };
}

function describePlan({ paths }: CommandContext, plan: InstallPlan): CommandResult {
  const { version, files } = plan.manifest;
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const writes = [`${paths.releasesDirectory}/${version}`, paths.currentLink, paths.commandLink];
  if (plan.newConfig !== null) writes.push(paths.configFile);
  if (plan.allowedSigners !== null) writes.push(paths.allowedSignersFile);
  if (hasSystemd(paths)) writes.push(`${paths.unitsDirectory}/shortline.*`);
  const steps = writes.map((path) => `\n  write ${path}`).join("");
  const text = `Plan: install Shortline ${version} (${files.length} files, ${sizeBytes} bytes).${steps}\nNothing was changed.`;
  return {
    ok: true,
    value: { data: { planned: true, changed: false, version, writes, sizeBytes }, text },
  };
}

function describeInstalled(context: CommandContext, plan: InstallPlan): CommandResult {
  const { paths } = context;
  const { version } = plan.manifest;
  const apiKey = plan.newConfig?.apiKey.key ?? null;
  if (plan.newConfig === null)
    context.say(`Kept ${paths.configFile} as it is; API keys are as before.`);
  const start = startCommand(context);
  const url = formatUrl(plan.config.listen);
  context.say(`Installed Shortline ${version} under ${paths.prefix}. It is not started yet.`);
  context.say(`  Next: ${start}`);
  if (apiKey !== null) context.say("The API key below is shown only now; keep it safe:");
  const data = { changed: true, version, prefix: paths.prefix, url, apiKey, start };
  return { ok: true, value: { data, text: apiKey ?? "" } };
}

function startCommand({ paths, ambient }: CommandContext): string {
  if (hasSystemd(paths)) return "systemctl enable --now shortline.socket shortline.service";
  const supervise = `${paths.commandLink} supervise`;
  return dataOwner(paths, ambient.isRoot) === null ? supervise : asServiceUser(supervise);
}
