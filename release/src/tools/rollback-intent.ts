import { readFile } from "node:fs/promises";
import { z } from "zod";
import { replaceFile } from "./replace-file.ts";

const rollbackIntentSchema = z.object({
  schemaVersion: z.literal(1),
  /** Deployments: taken out, and serving again. */
  from: z.string(),
  to: z.string(),
  /** It was the undoing of a rollback. */
  undo: z.boolean(),
  reason: z.string().nullable(),
  at: z.iso.datetime(),
});

export type RollbackIntent = Readonly<z.output<typeof rollbackIntentSchema>>;

/** The last rollback that was begun on this machine; null when there was none. */
export async function readRollbackIntent(file: string): Promise<RollbackIntent | null> {
  try {
    return rollbackIntentSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // It only carries the reason over a kill: the ledger is mended without it too.
    return null;
  }
}

export async function writeRollbackIntent(file: string, intent: RollbackIntent): Promise<void> {
  await replaceFile(file, `${JSON.stringify(intent, null, 2)}\n`);
}
