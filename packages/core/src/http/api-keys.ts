import { createHash, timingSafeEqual } from "node:crypto";
import { fail, succeed, type Result } from "../links/result.ts";

/** A key that may use the API, known only by its digest. */
export interface ApiKey {
  /** Names the key in logs; says nothing about the key that its digest does not say. */
  readonly id: string;
  /** SHA-256 of the key's UTF-8 bytes, 64 lower-case hex digits. */
  readonly sha256: string;
}

/** Why a list of keys is not usable. Never holds a key. */
export interface ApiKeysFailure {
  readonly code: "invalid-api-keys";
  readonly message: string;
  readonly next: string;
}

const minKeyLength = 16;
const maxKeyLength = 256;
const maxKeys = 100;

/**
 * Reads a comma-separated list of API keys, each either the key itself (16 to 256 visible ASCII
 * characters, no comma) or `sha256:` and the 64 hex digits of its digest. Repeated keys count once.
 */
export function parseApiKeys(text: string): Result<readonly ApiKey[], ApiKeysFailure> {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (entries.length === 0) return fail(invalid("the list is empty"));
  if (entries.length > maxKeys) return fail(invalid(`there are more than ${maxKeys}`));
  const keys = new Map<string, ApiKey>();
  for (const [index, entry] of entries.entries()) {
    const sha256 = digestOf(entry);
    if (sha256 === null) return fail(invalid(`number ${index + 1} is not well formed`));
    keys.set(sha256, { id: sha256.slice(0, 8), sha256 });
  }
  return succeed([...keys.values()]);
}

/** Prepares the check of presented keys: gives the matching key, or null. */
export function createKeyCheck(apiKeys: readonly ApiKey[]): (presented: string) => ApiKey | null {
  const known = apiKeys.map((key) => ({ key, digest: Buffer.from(key.sha256, "hex") }));
  return (presented) => {
    const digest = createHash("sha256").update(presented).digest();
    let match: ApiKey | null = null;
    // All keys are compared, each in constant time: the answer's timing names none of them.
    for (const candidate of known) {
      if (timingSafeEqual(candidate.digest, digest)) match = candidate.key;
    }
    return match;
  };
}

function digestOf(entry: string): string | null {
  if (entry.startsWith("sha256:")) {
    const hex = entry.slice("sha256:".length).toLowerCase();
    return /^[0-9a-f]{64}$/.test(hex) ? hex : null;
  }
  if (entry.length < minKeyLength || entry.length > maxKeyLength) return null;
  return /^[\u0021-\u007e]+$/.test(entry) ? createHash("sha256").update(entry).digest("hex") : null;
}

function invalid(reason: string): ApiKeysFailure {
  return {
    code: "invalid-api-keys",
    message: `The API keys are not usable: ${reason}.`,
    next: `Give a comma-separated list; each entry is a key of ${minKeyLength} to ${maxKeyLength} visible ASCII characters, or sha256: followed by the 64 hex digits of its SHA-256.`,
  };
}
