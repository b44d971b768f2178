/**
 * Waits for all of the work, but no longer than `timeoutMs`. True when all of it succeeded in time.
 * Never rejects, and does not stop work that is late.
 */
export async function settlesWithin(
  work: readonly Promise<unknown>[],
  timeoutMs: number,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  const all = Promise.allSettled(work).then((results) =>
    results.every((result) => result.status === "fulfilled"),
  );
  return Promise.race([all, deadline]).finally(() => clearTimeout(timer));
}
