const mark = "[redacted]";
const secretName =
  /(authorization|cookies?|passwo?r?d|secrets?|tokens?|api[-_]?keys?|private[-_]?key|credentials?)$/i;
const bearer = /\b(bearer|basic)\s+[^\s"',;]+/gi;
const userInUrl = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@"']{1,512}@/gi;

/** Bounds of one log record, so that a hostile request cannot make a huge one. */
const maximumScannedLength = 65_536;
const maximumTextLength = 8_192;
const maximumDepth = 5;
const maximumEntries = 50;
/** A shorter known secret would black out ordinary words. */
const minimumSecretLength = 6;

/** Takes secrets out of what is about to be logged. */
export interface Redactor {
  /** The text without known secrets, bearer tokens or users in URLs; at most 8192 characters. */
  text(text: string): string;
  /** Any value as plain JSON data: secret names and texts masked, depth and size bounded, cycles cut. */
  value(value: unknown): unknown;
}

/** Knows the given secrets by value, and others by the name or form they come in. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const known = [...new Set(secrets)]
    .filter((secret) => secret.length >= minimumSecretLength)
    .sort((one, other) => other.length - one.length);

  function text(given: string): string {
    let clean = given.slice(0, maximumScannedLength);
    for (const secret of known) clean = clean.replaceAll(secret, mark);
    clean = clean.replace(bearer, `$1 ${mark}`).replace(userInUrl, `$1${mark}@`);
    return clean.length > maximumTextLength ? `${clean.slice(0, maximumTextLength)}… (cut)` : clean;
  }

  function value(given: unknown, depth = 0): unknown {
    if (typeof given === "string") return text(given);
    if (typeof given === "bigint" || typeof given === "symbol") return text(String(given));
    if (typeof given === "function") return "[function]";
    if (typeof given !== "object" || given === null) return given;
    if (depth >= maximumDepth) return "[too deep]";
    if (given instanceof Date)
      return Number.isNaN(given.getTime()) ? "invalid date" : given.toISOString();
    if (given instanceof Error) return errorFields(given, depth);
    if (Array.isArray(given))
      return given.slice(0, maximumEntries).map((each) => value(each, depth + 1));
    const entries = Object.entries(given).slice(0, maximumEntries);
    return Object.fromEntries(
      entries.map(([name, each]) => [
        text(name),
        secretName.test(name) ? mark : value(each, depth + 1),
      ]),
    );
  }

  function errorFields(error: Error, depth: number): unknown {
    return {
      name: error.name,
      message: text(error.message),
      ...("code" in error && { code: value(error.code, depth + 1) }),
      stack: text(error.stack ?? ""),
      ...(error.cause !== undefined && { cause: value(error.cause, depth + 1) }),
    };
  }

  return { text, value: (given) => value(given) };
}
