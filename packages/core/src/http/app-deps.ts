import type { Env } from "hono";
import type { ClickBuffer } from "../links/click-buffer.ts";
import type { Clock } from "../links/clock.ts";
import type { LinkStore } from "../links/link-store.ts";
import type { Logger } from "../links/logger.ts";
import type { Random } from "../links/random.ts";
import type { ApiKey } from "./api-keys.ts";

/** Which build this is. */
export interface BuildIdentity {
  readonly commit: string;
  readonly digest: string;
  /** A release's version; null on builds that have none, such as hosted ones. */
  readonly version: string | null;
}

/** A route that an app adds, such as `/metrics`. Its path is one fixed, reserved segment. */
export interface ExtraRoute {
  readonly path: `/${string}`;
  readonly handle: (request: Request) => Response | Promise<Response>;
  /** Only for those who have an API key. */
  readonly needsKey?: boolean;
}

/** Everything the HTTP side needs from outside. */
export interface AppDeps {
  readonly store: LinkStore;
  readonly clickBuffer: Pick<ClickBuffer, "record">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly apiKeys: readonly ApiKey[];
  readonly build: BuildIdentity;
  /** Short links start with this; null takes scheme and host from each request. */
  readonly publicUrl: string | null;
  readonly extraRoutes?: readonly ExtraRoute[];
}

/** What travels with a request through Hono. */
export interface AppEnv extends Env {
  readonly Bindings: { readonly requestId: string };
  // Hono's own contract: middleware sets these
  Variables: { apiKeyId: string };
}
