import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeLinkStoreContract } from "../testing/link-store-contract.ts";
import { openLinkStore } from "./open-link-store.ts";

const migrationsDirectory = new URL("../../migrations", import.meta.url).pathname;

describeLinkStoreContract("SQLite in a file", async () => {
  const directory = await mkdtemp(join(tmpdir(), "shortline-sqlite-"));
  const opened = await openLinkStore({
    databaseUrl: `sqlite:${join(directory, "links.db")}`,
    migrationsDirectory,
  });
  if (!opened.ok) throw new Error(opened.failure.message);
  return {
    store: opened.value.store,
    close: async () => {
      await opened.value.close();
      await rm(directory, { recursive: true });
    },
  };
});

describeLinkStoreContract("SQLite in memory", async () => {
  const opened = await openLinkStore({ databaseUrl: "sqlite::memory:", migrationsDirectory });
  if (!opened.ok) throw new Error(opened.failure.message);
  return opened.value;
});
