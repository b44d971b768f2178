import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createTestRepository, testConfig, trunklineProgram } from "../testing/test-repository.ts";
import type { TestRepository } from "../testing/test-repository.ts";
import { processStart } from "../tools/process-identity.ts";
import { startProcess } from "../tools/run-command.ts";

const made: TestRepository[] = [];
afterEach(async () => {
  for (const repository of made.splice(0)) await repository[Symbol.asyncDispose]();
});

const deadlineMs = 30_000;

/** The first build hangs with a child of its own; a later one tells whether that child still lives. */
const script = [
  'if [ -e "$HOME/child" ]; then',
  'mkdir -p dist; if kill -0 "$(cat "$HOME/child")" 2>/dev/null && ! grep -q " Z " "/proc/$(cat "$HOME/child")/stat"; then echo lives; else echo gone; fi > dist/child; cp dist/child "$HOME/found";',
  'else sleep 600 & echo $! > "$HOME/child.next"; mv "$HOME/child.next" "$HOME/child"; wait; fi',
].join(" ");

test("a build ends what a killed build left in its slot before it begins", async () => {
  const build = { commands: [["sh", "-c", script]], output: "dist" };
  const repository = await createTestRepository({ config: testConfig({ build }) });
  made.push(repository);
  const killed = await startProcess({
    command: process.execPath,
    args: [trunklineProgram, "build", "--apply"],
    cwd: repository.directory,
    env: repository.env,
    stdio: "ignore",
    detached: true,
  });
  const child = await readWhenThere(join(repository.root, "child"));
  killed.kill("SIGKILL");
  await killed.exited;
  expect(processStart(Number(child))).not.toBeNull();
  const run = await repository.trunkline(["build", "--apply", "--json"]);
  expect(run.code, run.stderr).toBe(0);
  expect(await readFile(join(repository.root, "found"), "utf8")).toBe("gone\n");
});

async function readWhenThere(file: string): Promise<string> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => null);
    if (text !== null) return text;
    if (performance.now() > deadline) throw new Error(`${file} does not appear`);
    await delay(20);
  }
}
