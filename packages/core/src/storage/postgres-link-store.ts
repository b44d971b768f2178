import type { Pool, QueryResult, QueryResultRow } from "pg";
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

/** A whole row; bigint columns come as text. */
interface LinkRow {
  readonly slug: Slug;
  readonly destination: Destination;
  readonly title: string | null;
  readonly created_at_ms: string;
  readonly updated_at_ms: string;
  readonly expires_at_ms: string | null;
  readonly clicks: string;
}

type TargetRow = Pick<LinkRow, "destination" | "expires_at_ms">;

const columns = "slug, destination, title, created_at_ms, updated_at_ms, expires_at_ms, clicks";

/** Named, so that the server parses and plans each once per connection. */
const statements = {
  insert: `INSERT INTO links (${columns}) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (slug) DO NOTHING`,
  find: `SELECT ${columns} FROM links WHERE slug = $1`,
  findTarget: "SELECT destination, expires_at_ms FROM links WHERE slug = $1",
  listFirst: `SELECT ${columns} FROM links ORDER BY created_at_ms DESC, slug DESC LIMIT $1`,
  listAfter: `SELECT ${columns} FROM links WHERE (created_at_ms, slug) < ($1, $2)
    ORDER BY created_at_ms DESC, slug DESC LIMIT $3`,
  update: `UPDATE links SET
      destination = coalesce($1, destination),
      title = CASE WHEN $2::boolean THEN $3 ELSE title END,
      expires_at_ms = CASE WHEN $4::boolean THEN $5 ELSE expires_at_ms END,
      updated_at_ms = $6
    WHERE slug = $7 RETURNING ${columns}`,
  remove: "DELETE FROM links WHERE slug = $1",
  // Rows are locked in one order, so that two processes that flush the same slugs cannot deadlock.
  addClicks: `WITH counts AS (SELECT * FROM unnest($1::text[], $2::bigint[]) AS counted(slug, added)),
      locked AS (SELECT links.slug FROM links JOIN counts USING (slug) ORDER BY links.slug FOR UPDATE OF links)
    UPDATE links SET clicks = clicks + counts.added
    FROM counts, locked WHERE links.slug = counts.slug AND locked.slug = links.slug`,
  check: "SELECT count(*) FROM (SELECT 1 FROM links LIMIT 1) AS first",
} as const;

/** Keeps links in a PostgreSQL database that other processes may use at the same time. */
export class PostgresLinkStore implements LinkStore {
  readonly #pool: Pool;

  /** The database is migrated. Whoever opened the pool ends it. */
  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async insert(link: Omit<Link, "clicks">): Promise<"inserted" | "slug-taken"> {
    const result = await this.#query("insert", [
      link.slug,
      link.destination,
      link.title,
      link.createdAt.getTime(),
      link.updatedAt.getTime(),
      link.expiresAt?.getTime() ?? null,
    ]);
    return result.rowCount === 1 ? "inserted" : "slug-taken";
  }

  async find(slug: Slug): Promise<Link | null> {
    const result = await this.#query<LinkRow>("find", [slug]);
    return readFirst(result);
  }

  async findTarget(slug: Slug): Promise<RedirectTarget | null> {
    const result = await this.#query<TargetRow>("findTarget", [slug]);
    const row = result.rows[0];
    if (row === undefined) return null;
    return { destination: row.destination, expiresAtMs: readTime(row.expires_at_ms) };
  }

  async list(page: {
    readonly after: LinkCursor | null;
    readonly limit: number;
  }): Promise<readonly Link[]> {
    const { after, limit } = page;
    const result =
      after === null
        ? await this.#query<LinkRow>("listFirst", [limit])
        : await this.#query<LinkRow>("listAfter", [after.createdAtMs, after.slug, limit]);
    return result.rows.map(readLink);
  }

  async update(slug: Slug, changes: LinkChanges, updatedAt: Date): Promise<Link | null> {
    const result = await this.#query<LinkRow>("update", [
      changes.destination ?? null,
      changes.title !== undefined,
      changes.title ?? null,
      changes.expiresAt !== undefined,
      changes.expiresAt?.getTime() ?? null,
      updatedAt.getTime(),
      slug,
    ]);
    return readFirst(result);
  }

  async remove(slug: Slug): Promise<boolean> {
    const result = await this.#query("remove", [slug]);
    return result.rowCount === 1;
  }

  async addClicks(counts: ReadonlyMap<Slug, number>): Promise<void> {
    if (counts.size === 0) return;
    await this.#query("addClicks", [[...counts.keys()], [...counts.values()]]);
  }

  async check(): Promise<void> {
    await this.#query("check", []);
  }

  async #query<Row extends QueryResultRow>(
    name: keyof typeof statements,
    values: unknown[],
  ): Promise<QueryResult<Row>> {
    try {
      return await this.#pool.query<Row>({ name, text: statements[name], values });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LinkStoreError(`PostgreSQL: ${reason}`, { cause: error });
    }
  }
}

function readFirst(result: QueryResult<LinkRow>): Link | null {
  const row = result.rows[0];
  return row === undefined ? null : readLink(row);
}

function readLink(row: LinkRow): Link {
  const expiresAtMs = readTime(row.expires_at_ms);
  return {
    slug: row.slug,
    destination: row.destination,
    title: row.title,
    createdAt: new Date(Number(row.created_at_ms)),
    updatedAt: new Date(Number(row.updated_at_ms)),
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs),
    clicks: Number(row.clicks),
  };
}

function readTime(text: string | null): number | null {
  return text === null ? null : Number(text);
}
