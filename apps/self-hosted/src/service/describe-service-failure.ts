import type { StorageFailure } from "@shortline/core/storage";
import type { ListenFailure } from "@shortline/http-server";
import { failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";

/** A failure of the database, under the code that the operator's pages explain. */
export function describeStorageFailure(failure: StorageFailure): SiteResult<never> {
  const isMigration = failure.code.startsWith("migration");
  const code = isMigration ? "migration-failed" : "database-unavailable";
  return failed(code, failure.message, failure.next);
}

/** A failure to listen, under the code that the operator's pages explain. */
export function describeListenFailure(failure: ListenFailure): SiteResult<never> {
  const code = failure.code === "address-in-use" ? "port-in-use" : "listen-refused";
  return failed(code, failure.message, failure.next);
}
