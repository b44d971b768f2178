import { expect, test } from "vitest";
import { runCli } from "./run-cli.ts";

test("a bug is one JSON object on stdout with --json, and a stack on stderr", async () => {
  const printed: string[] = [];
  const told: string[] = [];
  const code = await runCli({
    argv: ["ledger", "--json"],
    version: "0.0.0",
    print: (text) => printed.push(text),
    context: {
      get cwd(): string {
        throw new TypeError("planted");
      },
      env: {},
      now: () => new Date(0),
      tell: (line) => told.push(line),
      isTerminal: false,
      signal: new AbortController().signal,
      nodePath: process.execPath,
      pid: process.pid,
    },
  });
  expect(code).toBe(1);
  expect(told.join("\n")).toContain("TypeError: planted");
  expect(JSON.parse(printed.join(""))).toMatchObject({
    schemaVersion: 1,
    error: { code: "bug", message: "planted" },
  });
});
