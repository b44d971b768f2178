import { realpath } from "node:fs/promises";
import { tryKernelLock } from "../tools/kernel-lock.ts";

/**
 * Makes this process the only supervisor of a directory, whatever name it is reached by.
 * @returns what frees it, or "held" (another process has it), or "unsupported" (not Linux)
 */
export async function lockEnvironment(
  directory: string,
): Promise<(() => void) | "held" | "unsupported"> {
  return tryKernelLock("environment", await realpath(directory));
}
