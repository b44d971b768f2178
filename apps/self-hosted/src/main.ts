import { resolve } from "node:path";
import { runCommandLine } from "./cli/run-command-line.ts";

process.exitCode = await runCommandLine({
  args: process.argv.slice(2),
  env: process.env,
  releaseDirectory: resolve(import.meta.dirname, ".."),
  isRoot: process.getuid?.() === 0,
  now: () => new Date(),
  writeOut: (text) => process.stdout.write(text),
  writeErr: (text) => process.stderr.write(text),
  onSignal: (signal, handler) => process.on(signal, handler),
  killSelf: () => process.kill(process.pid, "SIGKILL"),
});
