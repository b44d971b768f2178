import { expect, test } from "vitest";
import { requestHeaders, responseHeaders } from "./proxy-headers.ts";

const origin = { clientAddress: "10.0.0.1", host: "example.com" };
const added = ["host", "example.com", "x-forwarded-host", "example.com"];

test("a client cannot make the front drop what the message rests on", () => {
  const raw = ["Content-Length", "5", "Authorization", "a", "X-Mine", "b"];
  expect(requestHeaders(raw, "close, Content-Length, authorization, x-mine", origin)).toEqual([
    "Content-Length",
    "5",
    "Authorization",
    "a",
    "x-forwarded-for",
    "10.0.0.1",
    "x-forwarded-proto",
    "http",
    ...added,
  ]);
});

test("the transfer's own headers end at the front", () => {
  const raw = [
    "Transfer-Encoding",
    "chunked",
    "Expect",
    "100-continue",
    "Upgrade",
    "h2c",
    "Keep-Alive",
    "1",
    "Host",
    "example.com",
  ];
  expect(requestHeaders(raw, undefined, origin)).toEqual([
    "x-forwarded-for",
    "10.0.0.1",
    "x-forwarded-proto",
    "http",
    ...added,
  ]);
});

test("an answer keeps its duplicates and bytes, and loses what its Connection names", () => {
  const raw = [
    "Connection",
    "x-a",
    "Set-Cookie",
    "1",
    "set-cookie",
    "2",
    "X-A",
    "3",
    "Content-Length",
    "4",
    "connection",
    "content-length",
  ];
  expect(
    responseHeaders([
      ...raw.map((part) => Buffer.from(part)),
      Buffer.from("x-b"),
      Buffer.from([0xe9]),
    ]),
  ).toEqual(["Set-Cookie", "1", "set-cookie", "2", "Content-Length", "4", "x-b", "\u00e9"]);
});
