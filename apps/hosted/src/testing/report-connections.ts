import { subscribe } from "node:diagnostics_channel";

// Loaded into a service before its own code (`node --import`): says on stderr whenever the process
// dials, whichever library does it. Node announces every client socket on this channel.
subscribe("net.client.socket", () => {
  process.stderr.write("OUTBOUND CONNECTION\n");
});
