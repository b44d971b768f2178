import { parseDatabaseUrl } from "@shortline/core/storage";
import type { ParseText } from "./setting.ts";

/** A whole number within bounds, both included. */
export function wholeNumber(minimum: number, maximum: number): ParseText<number> {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= minimum && value <= maximum) return { ok: true, value };
    return problem(
      `is not a whole number from ${minimum} to ${maximum}`,
      `Give digits only, from ${minimum} to ${maximum}.`,
    );
  };
}

/** One of a closed set of words. */
export function oneOf<const Choice extends string>(
  ...choices: readonly Choice[]
): ParseText<Choice> {
  return (text) => {
    const found = choices.find((choice) => choice === text.toLowerCase());
    if (found !== undefined) return { ok: true, value: found };
    return problem("is not one of the known values", `Use one of: ${choices.join(", ")}.`);
  };
}

/** Any text; an empty one is `null`. */
export const optionalText: ParseText<string | null> = (text) => ({
  ok: true,
  value: text === "" ? null : text,
});

/** An http or https URL without fragment; an empty text is `null`. A path, query or user part is kept. */
export const optionalHttpUrl: ParseText<string | null> = (text) => {
  if (text === "") return { ok: true, value: null };
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.hash !== "") {
    return problem("is not an http or https URL", "Give a full URL such as http://127.0.0.1:4318.");
  }
  return { ok: true, value: text };
};

/** The public base of short links: http or https, nothing but host and path; ends without a slash. */
export const optionalPublicUrl: ParseText<string | null> = (text) => {
  if (text === "") return { ok: true, value: null };
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === "" && url.password === "" && !/[?#]/.test(text);
  if (!isPlain || !["http:", "https:"].includes(url.protocol)) {
    return problem(
      "is not a plain http or https URL",
      "Give the address that visitors use, without user, query or fragment, such as https://go.example.com.",
    );
  }
  return { ok: true, value: url.href.replace(/\/+$/, "") };
};

/** A host name or an IP address to listen on; brackets around an IPv6 address are dropped. */
export const listenHost: ParseText<string> = (text) => {
  if (/^[A-Za-z0-9._:%-]{1,255}$|^\[[0-9A-Fa-f:.%]{2,64}\]$/.test(text)) {
    return { ok: true, value: text.replace(/^\[|\]$/g, "") };
  }
  return problem(
    "is not a host name or IP address",
    "Give an address alone, such as 127.0.0.1, 0.0.0.0 or ::.",
  );
};

/** A database address that a store exists for. */
export const databaseUrl: ParseText<string> = (text) => {
  const parsed = parseDatabaseUrl(text);
  if (parsed.ok) return { ok: true, value: text };
  return problem("names no usable database", parsed.failure.next);
};

const maximumPairs = 64;
const maximumPairLength = 4096;

/** `name=value,name=value`, percent-encoded as OpenTelemetry's variables are; empty means none. */
export const keyValuePairs: ParseText<Readonly<Record<string, string>>> = (text) => {
  const parts = text.split(",").filter((part) => part.trim() !== "");
  const pairs: [string, string][] = [];
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = decode(part.slice(0, Math.max(equals, 0)).trim());
    const value = decode(part.slice(equals + 1).trim());
    if (!name || value === undefined || part.length > maximumPairLength) return badPairs();
    pairs.push([name, value]);
  }
  return pairs.length > maximumPairs ? badPairs() : { ok: true, value: Object.fromEntries(pairs) };
};

/** `key=value` pairs whose names and values may travel as HTTP headers. */
export const headerPairs: ParseText<Readonly<Record<string, string>>> = (text) => {
  const parsed = keyValuePairs(text);
  if (!parsed.ok) return parsed;
  const names = Object.entries(parsed.value);
  const isSendable = names.every(
    ([name, value]) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value),
  );
  return isSendable ? parsed : badPairs();
};

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function badPairs() {
  return problem(
    "is not a list of name=value pairs",
    `Write name=value,name=value with "," and "=" inside a value percent-encoded; at most ${maximumPairs} pairs.`,
  );
}

function problem(message: string, next: string) {
  return { ok: false as const, problem: { message, next } };
}
