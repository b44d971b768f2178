const moved =
  /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists|incorrect old value|remote ref .* changed/i;
/** git words these as a lock that it did not get; waiting for another writer does not help. */
const lasting =
  /permission denied|read-only file system|no space left|disk quota exceeded|' exists; cannot create/i;

/** Does git say that a ref was not where it was seen, or that somebody else is moving it now? */
export function saysMovedMeanwhile(said: string): boolean {
  return moved.test(said) && !lasting.test(said);
}
