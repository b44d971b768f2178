import { Socket } from "node:net";

/** Where systemd and the supervisor hand over the listening socket. */
const LISTEN_FD = 3;
/** Where the supervisor hands over its end of the control channel. */
export const CONTROL_FD = 4;
export const CONTROL_FD_VARIABLE = "SHORTLINE_CONTROL_FD";

export type InheritedDescriptors = {
  /** The listening socket, or null when this process binds by itself. */
  readonly listenFd: number | null;
  readonly control: ControlChannel | null;
};

/** The child's end of the channel to its supervisor. */
export type ControlChannel = {
  sayReady(version: string): void;
  /** Called once when the supervisor is gone, however it ended. */
  onSupervisorGone(handler: () => void): void;
  close(): void;
};

/**
 * Reads what was inherited, by systemd's convention: LISTEN_FDS counts descriptors
 * from 3 up; LISTEN_PID, when set, says for which process they are.
 */
export function readInheritedDescriptors(
  env: Readonly<Record<string, string | undefined>>,
): InheritedDescriptors {
  const isForThis = env["LISTEN_PID"] === undefined || env["LISTEN_PID"] === String(process.pid);
  const listenFd = env["LISTEN_FDS"] === "1" && isForThis ? LISTEN_FD : null;
  const control = env[CONTROL_FD_VARIABLE] === String(CONTROL_FD) ? openControl() : null;
  return { listenFd, control };
}

function openControl(): ControlChannel {
  const socket = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
  let isGone = false;
  const handlers: (() => void)[] = [];
  const gone = () => {
    if (isGone) return;
    isGone = true;
    for (const handler of handlers) handler();
  };
  socket.on("error", gone).on("end", gone).on("close", gone);
  socket.resume();
  return {
    sayReady: (version) => socket.write(`ready ${version}\n`),
    onSupervisorGone: (handler) => (isGone ? handler() : handlers.push(handler)),
    close: () => {
      handlers.length = 0;
      socket.destroy();
    },
  };
}
