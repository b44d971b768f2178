import type { RunVerb } from "../cli/command.ts";
import { parseListen } from "../config/parse-listen.ts";
import { readSiteConfig } from "../config/read-site-config.ts";
import { serve } from "../service/serve.ts";
import { checkServiceUser } from "../site/service-user.ts";

/** `serve`: the service in this process. With --json, one line when it accepts connections. */
export const runServe: RunVerb = async (context, options) => {
  const { ambient, json, paths, say } = context;
  const user = checkServiceUser(paths, ambient.isRoot);
  if (!user.ok) return user;
  const config = readSiteConfig(paths);
  if (!config.ok) return config;
  const listen = parseListen(options["listen"], paths.prefix);
  if (!listen.ok) return listen;
  const served = await serve({
    config: config.value,
    ambient,
    listen: listen.value,
    onServing: (url, version) => {
      if (json)
        ambient.writeOut(
          `${JSON.stringify({ schemaVersion: 1, event: "serving", url, version })}\n`,
        );
      else say(`Shortline ${version} serves ${url}`);
    },
  });
  return served.ok ? { ok: true, value: { data: { event: "stopped" }, text: "" } } : served;
};
