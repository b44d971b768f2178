/** Why a server cannot listen, as far as an operator can do something about it. */
export type ListenFailureCode =
  | "address-in-use"
  | "address-not-permitted"
  | "address-unavailable"
  | "socket-path-unusable"
  | "inherited-socket-unusable"
  | "listen-failed";

/** An expected failure: what happened, and what the operator does next. */
export interface ListenFailure {
  readonly code: ListenFailureCode;
  readonly message: string;
  readonly next: string;
}

/** Where to listen: a TCP address, a Unix socket, or a listening socket inherited from a parent. */
export type ListenTarget =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
  | { readonly fd: number };

/** Turns the operating system's error into what to do about it. */
export function listenFailure(target: ListenTarget, error: unknown): ListenFailure {
  const systemCode = systemCodeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  if ("fd" in target) {
    return {
      code: "inherited-socket-unusable",
      message: `Cannot listen on ${describeTarget(target)}: ${reason}.`,
      next: "Start this through systemd socket activation or its supervisor, which pass a listening socket as descriptor 3.",
    };
  }
  return {
    ...explain(target, systemCode),
    message: `Cannot listen on ${describeTarget(target)}: ${reason}.`,
  };
}

/** Names a target for people. */
function describeTarget(target: ListenTarget): string {
  if ("path" in target) return `unix:${target.path}`;
  if ("fd" in target) return `the inherited socket (file descriptor ${target.fd})`;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return `${host}:${target.port}`;
}

function explain(target: ListenTarget, systemCode: string): Omit<ListenFailure, "message"> {
  switch (systemCode) {
    case "EADDRINUSE":
      return {
        code: "address-in-use",
        next: "Stop the process that listens there, or choose another address.",
      };
    case "EACCES":
    case "EPERM":
      // For a Unix socket the system says the same when its folder does not exist.
      return "path" in target ? unusablePath : notPermitted;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        code: "address-unavailable",
        next: "Use an address that this machine has, such as 127.0.0.1.",
      };
    case "ENOENT":
    case "ENOTDIR":
    case "EINVAL":
    case "ENAMETOOLONG":
      return "path" in target ? unusablePath : unknown;
    default:
      return unknown;
  }
}

const unusablePath: Omit<ListenFailure, "message"> = {
  code: "socket-path-unusable",
  next: "Make sure that the socket's folder exists, that this user may write to it, and that the path is under 100 bytes.",
};

const notPermitted: Omit<ListenFailure, "message"> = {
  code: "address-not-permitted",
  next: "Choose a port from 1024 up, or let systemd hold the port and pass it in.",
};

const unknown: Omit<ListenFailure, "message"> = {
  code: "listen-failed",
  next: "Check the address in the configuration.",
};

function systemCodeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
