/** Headers that concern one connection only, and those that say where a request came from: never passed on. */
const connectionHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const replacedHeaders = new Set([
  "expect",
  "forwarded",
  "host",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

export interface Origin {
  readonly clientAddress: string;
  readonly host: string | undefined;
}

/**
 * Name and value in turn, as undici takes them. The front is the edge: what a client says about where
 * the request came from is dropped, and said anew. Duplicates and their order are kept.
 */
export function requestHeaders(
  raw: readonly string[],
  connection: string | undefined,
  origin: Origin,
): string[] {
  const named = namedByConnection(connection);
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const lower = name.toLowerCase();
    if (connectionHeaders.has(lower) || replacedHeaders.has(lower) || named.has(lower)) continue;
    headers.push(name, raw[index + 1] ?? "");
  }
  headers.push("x-forwarded-for", origin.clientAddress, "x-forwarded-proto", "http");
  if (origin.host !== undefined) headers.push("host", origin.host, "x-forwarded-host", origin.host);
  return headers;
}

/** Name and value in turn, as `writeHead` takes them; bytes outside ASCII are kept. */
export function responseHeaders(raw: readonly (Buffer | string)[]): string[] {
  const texts = raw.map((part) => (typeof part === "string" ? part : part.toString("latin1")));
  let connection: string | undefined;
  for (let index = 0; index + 1 < texts.length; index += 2) {
    if (texts[index]?.toLowerCase() !== "connection") continue;
    connection =
      connection === undefined ? texts[index + 1] : `${connection},${texts[index + 1] ?? ""}`;
  }
  const named = namedByConnection(connection);
  const headers: string[] = [];
  for (let index = 0; index + 1 < texts.length; index += 2) {
    const lower = (texts[index] ?? "").toLowerCase();
    if (!connectionHeaders.has(lower) && !named.has(lower))
      headers.push(texts[index] ?? "", texts[index + 1] ?? "");
  }
  return headers;
}

const protectedHeaders = new Set([
  "host",
  "content-length",
  "content-type",
  "authorization",
  "cookie",
  "set-cookie",
]);
const nothing: ReadonlySet<string> = new Set();

/** A client cannot make the front drop a header that the meaning of the message rests on. */
function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || /^(?:keep-alive|close)$/i.test(connection)) return nothing;
  const names = connection.split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => !protectedHeaders.has(name)));
}
