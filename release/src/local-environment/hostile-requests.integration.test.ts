import { afterAll, beforeAll, expect, test } from "vitest";
import type { Supervisor } from "./supervisor-client.ts";
import { send } from "./testing/front-client.ts";
import { rawExchange } from "./testing/raw-exchange.ts";
import { TestEnvironment } from "./testing/test-environment.ts";

let environment: TestEnvironment;
let supervisor: Supervisor;

beforeAll(async () => {
  environment = await TestEnvironment.create();
  supervisor = await environment.ensure();
  await environment.deploy(supervisor, "one");
});

afterAll(async () => {
  await environment.remove();
});

test.each([
  [
    "both lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
  ],
  [
    "both lengths, the other way round",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
  ],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
  ],
  ["a length that is no number", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"],
  [
    "a hidden encoding",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "an encoding that is not undone",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  ],
  ["a space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello"],
  ["a NUL in a header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"],
  ["a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"],
  ["a bare line feed", "GET / HTTP/1.1\nHost: a\n\n"],
  ["a bare carriage return", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n"],
  ["no Host", "GET / HTTP/1.1\r\n\r\n"],
  ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
  ["a target that is no path", "GET evil HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["headers without end", `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${"x".repeat(20_000)}\r\n\r\n`],
  [
    "a bad chunk size",
    "POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
  ],
  ["no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
])("hostile: %s is refused and goes no further", async (_name, bytes) => {
  const answer = await rawExchange(supervisor.publicPort, Buffer.from(bytes, "latin1"), /\r\n\r\n/);
  // Where the parser gives up in the middle of a refusal, the connection is closed without words.
  expect(answer).toMatch(/^(?:$|HTTP\/1\.1 (?:400|405|431|501|502) )/);
  expect(answer).not.toContain("smuggled");
  expect((await send(supervisor, "GET /after")).body.toString()).toBe("one GET /after");
});
