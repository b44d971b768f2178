import type { Random } from "../links/random.ts";

const acceptedId = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives every request an id: the client's own `X-Request-Id` if it is harmless in a log, otherwise a
 * new one. New ones are a random part per process and a counter, which costs the redirect nothing.
 */
export function createRequestIds(random: Random): (request: Request) => string {
  const process = random
    .integerBelow(2 ** 32)
    .toString(36)
    .padStart(7, "0");
  let count = 0;
  return (request) => {
    const given = request.headers.get("x-request-id");
    if (given !== null && acceptedId.test(given)) return given;
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}
