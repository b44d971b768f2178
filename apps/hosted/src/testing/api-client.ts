import { testKey } from "./service-process.ts";

const headers = { "Content-Type": "application/json", "X-Api-Key": testKey };

/** A link as the API answers with it, as far as the tests read it. */
export interface ApiLink {
  readonly slug: string;
  readonly clicks: number;
}

/** Creates a link; throws unless the answer is 201. */
export async function createLink(
  url: string,
  fields: { readonly destination: string; readonly slug?: string },
): Promise<ApiLink> {
  const response = await fetch(`${url}/api/v1/links`, {
    method: "POST",
    headers,
    body: JSON.stringify(fields),
  });
  return linkOf(response, 201);
}

/** Reads a link; throws unless the answer is 200. */
export async function readLink(url: string, slug: string): Promise<ApiLink> {
  return linkOf(await fetch(`${url}/api/v1/links/${slug}`, { headers }), 200);
}

/** Visits a short link as a browser would, without following it; gives the status. */
export async function visit(url: string, slug: string): Promise<number> {
  const response = await fetch(`${url}/${slug}`, { redirect: "manual" });
  await response.arrayBuffer();
  return response.status;
}

async function linkOf(response: Response, status: number): Promise<ApiLink> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status}: ${text}`);
  // The API's documented shape; the tests compare the values.
  return JSON.parse(text) as ApiLink;
}
