import type { Ambient } from "../cli/ambient.ts";
import type { SiteConfig } from "../config/site-config.ts";
import type { SitePaths } from "../site/site-paths.ts";

/** What the steps of an upgrade or a rollback run with. */
export type OperationContext = {
  readonly paths: SitePaths;
  readonly config: SiteConfig;
  readonly ambient: Ambient;
  readonly say: (text: string) => void;
  /** The fault point at which this process ends like `kill -9`; null outside tests. */
  readonly killAfter: string | null;
};

/** Ends the process here when a test asked for it. */
export function passFaultPoint(context: OperationContext, point: string): void {
  if (context.killAfter === point) context.ambient.killSelf();
}
