import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Destination } from "../links/destination.ts";
import {
  LinkStoreError,
  type LinkChanges,
  type LinkCursor,
  type LinkStore,
  type RedirectTarget,
} from "../links/link-store.ts";
import type { Link } from "../links/link.ts";
import type { Slug } from "../links/slug.ts";
import { isSqliteBusy, retryWhileBusy } from "./sqlite-busy.ts";

type Row = Record<string, SQLOutputValue>;

const columns = "slug, destination, title, created_at_ms, updated_at_ms, expires_at_ms, clicks";

/** Keeps links in a SQLite file that other processes may use at the same time. */
export class SqliteLinkStore implements LinkStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #find: StatementSync;
  readonly #findTarget: StatementSync;
  readonly #listFirst: StatementSync;
  readonly #listAfter: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #addClicks: StatementSync;
  readonly #check: StatementSync;

  /** The database is migrated. Whoever opened it closes it. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO links (${columns}) VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (slug) DO NOTHING`,
    );
    this.#find = database.prepare(`SELECT ${columns} FROM links WHERE slug = ?`);
    this.#findTarget = database.prepare(
      "SELECT destination, expires_at_ms FROM links WHERE slug = ?",
    );
    const order = "ORDER BY created_at_ms DESC, slug DESC LIMIT ?";
    this.#listFirst = database.prepare(`SELECT ${columns} FROM links ${order}`);
    this.#listAfter = database.prepare(
      `SELECT ${columns} FROM links WHERE (created_at_ms, slug) < (?, ?) ${order}`,
    );
    this.#update = database.prepare(
      `UPDATE links SET
         destination = coalesce(?, destination),
         title = CASE WHEN ? THEN ? ELSE title END,
         expires_at_ms = CASE WHEN ? THEN ? ELSE expires_at_ms END,
         updated_at_ms = ?
       WHERE slug = ? RETURNING ${columns}`,
    );
    this.#remove = database.prepare("DELETE FROM links WHERE slug = ?");
    this.#addClicks = database.prepare("UPDATE links SET clicks = clicks + ? WHERE slug = ?");
    this.#check = database.prepare("SELECT count(*) FROM (SELECT 1 FROM links LIMIT 1)");
  }

  async insert(link: Omit<Link, "clicks">): Promise<"inserted" | "slug-taken"> {
    const result = await this.#attempt(() =>
      this.#insert.run(
        link.slug,
        link.destination,
        link.title,
        link.createdAt.getTime(),
        link.updatedAt.getTime(),
        link.expiresAt?.getTime() ?? null,
      ),
    );
    return Number(result.changes) === 1 ? "inserted" : "slug-taken";
  }

  async find(slug: Slug): Promise<Link | null> {
    const row = await this.#attempt(() => this.#find.get(slug));
    return row === undefined ? null : readLink(row);
  }

  findTarget(slug: Slug): RedirectTarget | null | Promise<RedirectTarget | null> {
    try {
      return readTarget(this.#findTarget.get(slug));
    } catch (error) {
      if (isSqliteBusy(error)) return this.#attempt(() => readTarget(this.#findTarget.get(slug)));
      throw storeError(error);
    }
  }

  async list(page: {
    readonly after: LinkCursor | null;
    readonly limit: number;
  }): Promise<readonly Link[]> {
    const { after, limit } = page;
    const rows = await this.#attempt(() =>
      after === null
        ? this.#listFirst.all(limit)
        : this.#listAfter.all(after.createdAtMs, after.slug, limit),
    );
    return rows.map(readLink);
  }

  async update(slug: Slug, changes: LinkChanges, updatedAt: Date): Promise<Link | null> {
    const row = await this.#attempt(() =>
      this.#update.get(
        changes.destination ?? null,
        changes.title === undefined ? 0 : 1,
        changes.title ?? null,
        changes.expiresAt === undefined ? 0 : 1,
        changes.expiresAt?.getTime() ?? null,
        updatedAt.getTime(),
        slug,
      ),
    );
    return row === undefined ? null : readLink(row);
  }

  async remove(slug: Slug): Promise<boolean> {
    const result = await this.#attempt(() => this.#remove.run(slug));
    return Number(result.changes) === 1;
  }

  async addClicks(counts: ReadonlyMap<Slug, number>): Promise<void> {
    await this.#attempt(() => this.#addClicksAtOnce(counts));
  }

  async check(): Promise<void> {
    await this.#attempt(() => this.#check.get());
  }

  /**
   * One transaction, not flushed to the disk by itself: after a power cut the last clicks may be
   * missing, links never are. A killed process loses neither.
   */
  #addClicksAtOnce(counts: ReadonlyMap<Slug, number>): void {
    this.#database.exec("PRAGMA synchronous = NORMAL");
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const [slug, count] of counts) this.#addClicks.run(count, slug);
      this.#database.exec("COMMIT");
    } finally {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#database.exec("PRAGMA synchronous = FULL");
    }
  }

  async #attempt<Value>(operation: () => Value): Promise<Value> {
    try {
      return await retryWhileBusy(operation);
    } catch (error) {
      throw storeError(error);
    }
  }
}

function readTarget(row: Row | undefined): RedirectTarget | null {
  if (row === undefined) return null;
  const expiresAtMs = row["expires_at_ms"];
  return {
    destination: row["destination"] as Destination, // the column holds what parseDestination returned
    expiresAtMs: typeof expiresAtMs === "number" ? expiresAtMs : null,
  };
}

function readLink(row: Row): Link {
  const { title, expires_at_ms: expiresAtMs } = row;
  return {
    slug: row["slug"] as Slug, // the column holds what parseSlug or generateSlug returned
    destination: row["destination"] as Destination, // the column holds what parseDestination returned
    title: typeof title === "string" ? title : null,
    createdAt: new Date(Number(row["created_at_ms"])),
    updatedAt: new Date(Number(row["updated_at_ms"])),
    expiresAt: typeof expiresAtMs === "number" ? new Date(expiresAtMs) : null,
    clicks: Number(row["clicks"]),
  };
}

function storeError(error: unknown): LinkStoreError {
  const reason = error instanceof Error ? error.message : String(error);
  return new LinkStoreError(`SQLite: ${reason}`, { cause: error });
}
