import { CONFIG_SETTINGS } from "../config/config-settings.ts";
import type { ConfigSetting } from "../config/config-settings.ts";

/** The table of every setting, in Markdown, from the same rows that the parser reads. */
export function formatConfigTable(): string {
  // Widened on purpose: the table is `as const`, here every row is treated alike.
  const rows = (CONFIG_SETTINGS as readonly ConfigSetting[]).map((setting) => {
    const fallback = JSON.stringify(setting.default);
    return `| \`${setting.key}\` | ${setting.accepts} | \`${fallback}\` | ${setting.meaning} |`;
  });
  return ["| Setting | Accepts | Default | Meaning |", "|---|---|---|---|", ...rows].join("\n");
}
