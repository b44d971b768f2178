import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";
import { checkConfigValue } from "./check-config-value.ts";
import type { ListenAddress } from "./site-config.ts";

/** Reads the value of a --listen option; null when it was not given. */
export function parseListen(given: unknown, prefix: string): SiteResult<ListenAddress | null> {
  if (given === undefined) return done(null);
  const checked = checkConfigValue({ kind: "listen" }, given, prefix);
  if (!checked.ok) {
    return failed(
      "usage",
      `--listen ${checked.problem}.`,
      "Correct the option, then run the command again.",
    );
  }
  // The check of kind "listen" gives nothing but addresses.
  return done(checked.value as ListenAddress);
}
