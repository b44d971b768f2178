import type { RunVerb } from "../cli/command.ts";
import { readSiteConfig } from "../config/read-site-config.ts";
import { formatUrl } from "../service/format-url.ts";

/** `config check`: every problem of the configuration file at once. */
export const runConfigCheck: RunVerb = async ({ paths }) => {
  const config = readSiteConfig(paths);
  if (!config.ok) return config;
  const listen = formatUrl(config.value.listen);
  const apiKeys = config.value.apiKeySha256s.length;
  const keys = apiKeys === 0 ? "; it has no API key, so nobody can create links" : "";
  return {
    ok: true,
    value: {
      data: { file: paths.configFile, listen, apiKeys, logDirectory: config.value.log.directory },
      text: `${paths.configFile} is valid${keys}.`,
    },
  };
};
