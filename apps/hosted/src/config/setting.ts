import { z } from "zod";

/** What is wrong with one setting, and what to do about it. Neither repeats the value: it may be a secret. */
export interface SettingProblem {
  readonly message: string;
  readonly next: string;
}

/** Text to value, or a problem. Throws nothing. */
export type ParseText<Value> = (
  text: string,
) =>
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: SettingProblem };

/** How a setting is read and described. */
export interface SettingOptions<Value> {
  /** One line for `--help`. */
  readonly description: string;
  /** Used when the variable is not set, or empty; `null` means the setting has to be given. */
  readonly fallback: string | null;
  /** What to do when a required setting is missing. */
  readonly next?: string;
  readonly parse: ParseText<Value>;
}

/**
 * A zod schema for one environment variable. An empty value counts as not set, as OpenTelemetry
 * defines it and as orchestrators produce it.
 */
export function setting<Value>(options: SettingOptions<Value>) {
  return z
    .string()
    .optional()
    .transform((given, context): Value => {
      const text = given?.trim() || options.fallback;
      const parsed =
        text === null
          ? {
              ok: false as const,
              problem: { message: "is not set", next: options.next ?? "Set it." },
            }
          : options.parse(text);
      if (parsed.ok) return parsed.value;
      context.addIssue({
        code: "custom",
        message: parsed.problem.message,
        params: { next: parsed.problem.next },
      });
      return z.NEVER;
    })
    .meta({ description: options.description, fallback: options.fallback ?? "required" });
}
