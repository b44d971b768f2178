import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { BundleRefusal } from "./bundle-refusal.ts";

/**
 * Opens a file for reading and gives its size at that moment; refuses folders, devices and fifos,
 * of which the last would otherwise wait for a writer forever. The caller closes the handle.
 */
export async function openRegularFile(
  file: string,
): Promise<{ readonly handle: FileHandle; readonly sizeBytes: number }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const status = await handle.stat();
  if (status.isFile()) return { handle, sizeBytes: status.size };
  await handle.close();
  throw new BundleRefusal(
    "input-invalid",
    `${file} is not a regular file.`,
    "Name a file, not a folder, device or pipe.",
  );
}
