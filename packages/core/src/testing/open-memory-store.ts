import type { LinkStore } from "../links/link-store.ts";
import { openLinkStore } from "../storage/open-link-store.ts";

/** A real, migrated, empty store that lives as long as the test. */
export async function openMemoryStore(): Promise<LinkStore> {
  const opened = await openLinkStore({
    databaseUrl: "sqlite::memory:",
    migrationsDirectory: new URL("../../migrations", import.meta.url).pathname,
  });
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.value.store;
}
