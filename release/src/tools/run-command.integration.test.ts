import { describe, expect, test } from "vitest";
import { tmpdir } from "node:os";
import { Failure } from "../failure.ts";
import { runCommand, runOrFail } from "./run-command.ts";

const base = { cwd: tmpdir(), env: { PATH: "/usr/bin:/bin" } };

describe("runCommand", () => {
  test("returns code, stdout and stderr", async () => {
    const result = await runCommand({
      ...base,
      command: "sh",
      args: ["-c", "cat; echo no >&2; exit 3"],
      input: "yes",
    });
    expect({ ...result, stdout: result.stdout.toString() }).toEqual({
      code: 3,
      signal: null,
      stdout: "yes",
      stderr: "no\n",
    });
  });

  test("a killed process is not a success", async () => {
    const result = await runCommand({ ...base, command: "sh", args: ["-c", "kill -9 $$"] });
    expect(result).toMatchObject({ code: null, signal: "SIGKILL" });
    await expect(runOrFail({ ...base, command: "sh", args: ["-c", "kill -9 $$"] })).rejects.toThrow(
      "SIGKILL",
    );
  });

  test("ends a process group that runs too long, its children too", async () => {
    await expect(
      runCommand({ ...base, command: "sh", args: ["-c", "sleep 60 & wait"], timeoutMs: 200 }),
    ).rejects.toThrow("longer than");
  });

  test("ends one that prints without bound", async () => {
    await expect(
      runCommand({ ...base, command: "yes", args: [], maxOutputBytes: 10_000 }),
    ).rejects.toThrow("more than 10000 bytes");
  });

  test("says what could not be started", async () => {
    await expect(
      runCommand({ ...base, command: "no-such-program-here", args: [] }),
    ).rejects.toBeInstanceOf(Failure);
  });

  test("stops when it is interrupted", async () => {
    const controller = new AbortController();
    const running = runCommand({
      ...base,
      command: "sleep",
      args: ["60"],
      signal: controller.signal,
    });
    controller.abort();
    await expect(running).rejects.toThrow("interrupted");
  });
});
