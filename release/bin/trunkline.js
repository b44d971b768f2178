#!/usr/bin/env node
// The checkout's entry: runs the sources as they are. Plain JavaScript, so that an old Node.js can say so.
const oldestMajor = 26;
if (Number(process.versions.node.split(".")[0]) < oldestMajor) {
  process.stderr.write(
    `trunkline: Node.js ${String(oldestMajor)} or newer is needed, this is ${process.version}.\n  next: run node_modules/.bin/trunkline, or pnpm trunkline: both use the pinned one.\n`,
  );
  process.exit(1);
}
// A rollback is a matter of milliseconds: what was compiled before is not compiled again.
const { enableCompileCache } = await import("node:module");
enableCompileCache();
await import("../src/main.ts");
