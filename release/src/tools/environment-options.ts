import { exitCodes, Failure } from "../failure.ts";

type Options = Readonly<Record<string, unknown>>;

/** `--environment`, or production. */
export function environmentOption(options: Options): string {
  const named = options["environment"];
  return typeof named === "string" ? named : "production";
}

/** `--owner-pid`, or null. @throws Failure `usage` when it is no process id */
export function ownerPidOption(options: Options): number | null {
  const given = options["ownerPid"];
  if (given === undefined) return null;
  if (typeof given === "string" && /^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new Failure({
    code: "usage",
    message: `--owner-pid takes a process id, not ${JSON.stringify(given)}.`,
    next: "For example --owner-pid $$ for the shell that calls.",
    exitCode: exitCodes.usage,
  });
}
