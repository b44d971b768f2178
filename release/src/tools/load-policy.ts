import { access } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { exitCodes, Failure } from "../failure.ts";
import { configSchema } from "../policy/config.ts";
import type { Policy } from "../policy/config.ts";

const configFileName = "trunkline.config.ts";

/**
 * Reads and checks `trunkline.config.ts` at the top of a work tree.
 * @throws Failure `config-missing` or `config-invalid` (every problem at once)
 */
export async function loadPolicy(topDirectory: string): Promise<Policy> {
  const file = join(topDirectory, configFileName);
  await access(file).catch(() => {
    throw new Failure({
      code: "config-missing",
      message: `There is no ${configFileName} in ${topDirectory}.`,
      next: "Run trunkline inside a repository that has one, or name it with --repo DIR.",
      exitCode: exitCodes.usage,
    });
  });
  const parsed = configSchema.safeParse(await importDefault(file));
  if (parsed.success) return parsed.data;
  throw new Failure({
    code: "config-invalid",
    message: `${file} has problems:\n${z.prettifyError(parsed.error)}`,
    next: "Mend the fields it names; ops-docs/reference/trunkline.md lists them all.",
    exitCode: exitCodes.usage,
  });
}

async function importDefault(file: string): Promise<unknown> {
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    return typeof module === "object" && module !== null && "default" in module
      ? module.default
      : undefined;
  } catch (error) {
    throw new Failure({
      code: "config-invalid",
      message: `${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      next: "Mend the file; it is TypeScript whose types are stripped, with a default export.",
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}
