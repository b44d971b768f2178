/** The path of a request URL, still percent-encoded. Cheaper than building a URL. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return "/";
  for (let end = start; end < url.length; end += 1) {
    const code = url.charCodeAt(end);
    if (code === questionMark || code === hash) return url.slice(start, end);
  }
  return url.slice(start);
}

const questionMark = 63;
const hash = 35;

/** The route of a short link. */
const slugTemplate = "/{slug}";

const linksPath = "/api/v1/links";

/** Which methods each fixed route answers. HEAD goes wherever GET goes. */
const methodsByTemplate: ReadonlyMap<string, string> = new Map([
  [linksPath, "GET, HEAD, POST"],
  [`${linksPath}/{slug}`, "GET, HEAD, PATCH, DELETE"],
  ["/livez", "GET, HEAD"],
  ["/readyz", "GET, HEAD"],
  ["/version", "GET, HEAD"],
  ["/openapi.json", "GET, HEAD"],
  [slugTemplate, "GET, HEAD"],
]);

/**
 * The route that a path belongs to, without anything a visitor chose in it: good as a span name or a
 * metric label. There are only as many as there are routes.
 */
export function routeTemplateOf(path: string): string {
  if (methodsByTemplate.has(path)) return path;
  if (path.startsWith(`${linksPath}/`) && !path.includes("/", linksPath.length + 1)) {
    return `${linksPath}/{slug}`;
  }
  return path.length > 1 && !path.includes("/", 1) ? slugTemplate : "unmatched";
}

/** The `Allow` header of a route, or null if there is no such route. */
export function allowedMethods(template: string): string | null {
  return methodsByTemplate.get(template) ?? null;
}
