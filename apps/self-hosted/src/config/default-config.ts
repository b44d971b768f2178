import { createHash, randomBytes } from "node:crypto";

const KEY_BYTES = 32;

/** An API key, and the only form of it that the site keeps. */
export type NewApiKey = { readonly key: string; readonly sha256: string };

/** Makes an API key that nobody can guess. */
export function createApiKey(): NewApiKey {
  const key = `sl_${randomBytes(KEY_BYTES).toString("base64url")}`;
  return { key, sha256: createHash("sha256").update(key).digest("hex") };
}

/** Fills the release's commented default configuration in for a new site. */
export function fillDefaultConfig(
  template: string,
  values: { readonly listen: string | null; readonly apiKeySha256: string },
): string {
  const withKey = setLine(template, "api_keys", `["sha256:${values.apiKeySha256}"]`);
  return values.listen === null
    ? withKey
    : setLine(withKey, "listen", JSON.stringify(values.listen));
}

function setLine(text: string, key: string, value: string): string {
  const line = new RegExp(`^${key} = .*$`, "m");
  if (!line.test(text)) throw new Error(`the default configuration has no line for ${key}`);
  return text.replace(line, () => `${key} = ${value}`);
}
