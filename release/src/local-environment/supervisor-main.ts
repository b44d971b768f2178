/**
 * The supervisor's own program, started detached by `ensureSupervisor`:
 * `node supervisor-main.ts --directory E --host H --port P [--owner-pid N]`.
 * A second `main`: besides `main.ts` the only place that reads arguments, environment and signals.
 */
import { parseArgs } from "node:util";
import { runSupervisor, supervisorExitCodes } from "./supervisor.ts";

const { values } = parseArgs({
  options: {
    directory: { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string" },
    "owner-pid": { type: "string" },
  },
});
const { directory, host, port, "owner-pid": ownerPid } = values;
if (
  directory === undefined ||
  port === undefined ||
  !/^\d{1,5}$/.test(port) ||
  !/^[1-9]\d*$/.test(ownerPid ?? "1")
) {
  process.stderr.write("usage: supervisor-main --directory E --host H --port P [--owner-pid N]\n");
  process.exit(2);
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    stop.abort();
  });
}
// The terminal that it was started from may close.
process.on("SIGHUP", () => undefined);

const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
};
const { PATH = "/usr/local/bin:/usr/bin:/bin", HOME = "/" } = process.env;
const end = await runSupervisor({
  directory,
  host,
  port: Number(port),
  ownerPid: ownerPid === undefined ? null : Number(ownerPid),
  pid: process.pid,
  env: { PATH, HOME },
  stop: stop.signal,
  say,
});
say(`ended: ${end}`);
process.exit(supervisorExitCodes[end]);
