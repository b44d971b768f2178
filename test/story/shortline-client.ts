import { request as httpRequest } from "node:http";
import { prove } from "./story-error.ts";

/** Where a Shortline answers: over TCP, or over a unix socket. */
export interface ShortlineAddress {
  readonly url: string;
  readonly socketPath?: string;
  readonly key: string;
}

export interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

const timeoutMs = 10_000;

/** One request (`GET /path`) without following redirects. */
export function ask(address: ShortlineAddress, line: string, body?: object): Promise<Answer> {
  const [method = "GET", path = "/"] = line.split(" ");
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, address.url), {
      method,
      agent: false,
      timeout: timeoutMs,
      headers: {
        authorization: `Bearer ${address.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(address.socketPath === undefined ? {} : { socketPath: address.socketPath }),
    });
    request.on("timeout", () =>
      request.destroy(new Error(`no answer within ${String(timeoutMs)} ms`)),
    );
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? null,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Creates a link and fails the story unless the service says 201. */
export async function createLink(
  address: ShortlineAddress,
  link: { readonly slug: string; readonly destination: string },
): Promise<void> {
  const answer = await ask(address, "POST /api/v1/links", link);
  prove(
    answer.status === 201,
    `Creating the link ${link.slug} answered ${String(answer.status)}: ${answer.body}`,
  );
}

/** Follows a link once and fails the story unless it leads to the destination. */
export async function followLink(
  address: ShortlineAddress,
  link: { readonly slug: string; readonly destination: string },
): Promise<void> {
  const answer = await ask(address, `GET /${link.slug}`);
  prove(
    answer.status === 302 && answer.location === link.destination,
    `Following /${link.slug} answered ${String(answer.status)} with Location ${String(answer.location)}, not ${link.destination}`,
  );
}

/** How often a link was followed, as stored. */
export async function countClicks(address: ShortlineAddress, slug: string): Promise<number> {
  const answer = await ask(address, `GET /api/v1/links/${slug}`);
  prove(
    answer.status === 200,
    `Reading the link ${slug} answered ${String(answer.status)}: ${answer.body}`,
  );
  const link: unknown = JSON.parse(answer.body);
  return typeof link === "object" &&
    link !== null &&
    "clicks" in link &&
    typeof link.clicks === "number"
    ? link.clicks
    : -1;
}

/** The commit (hosted) or version (site) that answers. */
export async function readVersion(
  address: ShortlineAddress,
): Promise<{ readonly commit: string; readonly version: string | null }> {
  const answer = await ask(address, "GET /version");
  prove(answer.status === 200, `/version answered ${String(answer.status)}: ${answer.body}`);
  const data: unknown = JSON.parse(answer.body);
  const commit =
    typeof data === "object" && data !== null && "commit" in data && typeof data.commit === "string"
      ? data.commit
      : "";
  const version =
    typeof data === "object" &&
    data !== null &&
    "version" in data &&
    typeof data.version === "string"
      ? data.version
      : null;
  return { commit, version };
}
