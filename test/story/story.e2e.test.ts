import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const main = join(import.meta.dirname, "main.ts");
const state = { directory: "" };

beforeAll(async () => {
  state.directory = await mkdtemp(join(tmpdir(), "story-test-"));
});

afterAll(async () => {
  await rm(state.directory, { recursive: true, force: true });
});

describe("the story", () => {
  test("holds, also in the folder of a run that was killed", async () => {
    const work = join(state.directory, "whole");
    const killed = await tell({ work, killAfter: "c. " });
    expect(killed.code).toBeNull();
    const whole = await tell({ work });
    expect(whole.output).toContain("The story holds");
    expect(whole.code).toBe(0);
    for (const letter of "abcdefghij") expect(whole.output).toContain(`\n${letter}. `);
  });

  test("fails when requests fail during a deployment", async () => {
    const run = await tell({ work: join(state.directory, "request"), fault: "failed-request" });
    expect(run.output).toMatch(/FAILED: \d+ of \d+ requests failed during the deployment/);
    expect(run.code).toBe(1);
  });

  test("fails when a byte of the bundle changes", async () => {
    const run = await tell({ work: join(state.directory, "byte"), fault: "bundle-byte" });
    expect(run.output).toMatch(/FAILED: `sha256sum --check/);
    expect(run.code).toBe(1);
  });

  test("fails when a link is lost", async () => {
    const run = await tell({ work: join(state.directory, "link"), fault: "lost-link" });
    expect(run.output).toMatch(/FAILED: Following \/handbook answered 404/);
    expect(run.code).toBe(1);
  });

  test("names the option for an occupied port and touches nothing", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const run = await tell({ work: join(state.directory, "port"), hostedPort: portOf(server) });
    await new Promise((resolve) => server.close(resolve));
    expect(run.output).toContain("--hosted-port");
    expect(run.code).toBe(1);
  });

  test("refuses an unknown option with exit 2, and a folder that is not its own", async () => {
    const unknown = await tell({ work: join(state.directory, "unknown"), words: ["--onse"] });
    expect(unknown.code).toBe(2);
    const foreign = await tell({ work: import.meta.dirname });
    expect(foreign.output).toContain("--work DIR");
    expect(foreign.code).toBe(1);
    const file = await tell({ work: import.meta.filename });
    expect(file.output).toContain("--work DIR");
    expect((await stat(import.meta.filename)).isFile()).toBe(true);
  });
});

interface Telling {
  readonly work: string;
  readonly fault?: string;
  readonly hostedPort?: number;
  /** SIGKILL as soon as the output holds this. */
  readonly killAfter?: string;
  readonly words?: readonly string[];
}

async function tell(
  telling: Telling,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const hostedPort = telling.hostedPort ?? (await freePort());
  const sitePort = await freePort();
  const fault = telling.fault === undefined ? [] : ["--plant-fault", telling.fault];
  const words = [
    main,
    "--once",
    "--work",
    telling.work,
    "--hosted-port",
    String(hostedPort),
    "--site-port",
    String(sitePort),
    ...fault,
    ...(telling.words ?? []),
  ];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output.push(chunk.toString());
      if (telling.killAfter !== undefined && output.join("").includes(telling.killAfter))
        child.kill("SIGKILL");
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output: output.join("") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
