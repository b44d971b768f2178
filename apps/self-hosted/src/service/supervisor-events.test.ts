import { expect, test } from "vitest";
import { createEventQueue } from "./supervisor-events.ts";

test("asking twice for a reload is asking once, and stop comes first", async () => {
  const events = createEventQueue();
  events.reload();
  events.reload();
  events.childEnded(7, "exit code 1");
  expect(await events.next()).toEqual({ kind: "reload" });
  events.reload();
  events.stop();
  expect(events.stopping.aborted).toBe(true);
  expect(await events.next()).toEqual({ kind: "stop" });
});

test("a waiter is woken by what comes later", async () => {
  const events = createEventQueue();
  const next = events.next();
  events.childEnded(7, "signal SIGKILL");
  expect(await next).toEqual({ kind: "child-ended", pid: 7, how: "signal SIGKILL" });
});
