/** What the placeholders of an environment's command and variables stand for. */
export interface TemplateValues {
  readonly node: string;
  readonly commit: string;
  readonly digest: string;
  readonly data: string;
  /** The caller's environment variables, for `{env:NAME}`. */
  readonly env: Readonly<Record<string, string>>;
}

const placeholder = /\{(node|commit|digest|data|env:[A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Fills a text in one pass, so that a value is never taken for a placeholder. `{port}` stays: it
 * is known only when the build is started. What is not a placeholder stays too.
 */
export function fillTemplate(text: string, values: TemplateValues): string {
  return text.replaceAll(placeholder, (_, name: string) => {
    if (name.startsWith("env:")) return values.env[name.slice(4)] ?? "";
    if (name === "node") return values.node;
    if (name === "commit") return values.commit;
    return name === "digest" ? values.digest : values.data;
  });
}

/** The variables that the texts ask for and `env` does not have, each once, sorted. */
export function missingVariables(
  texts: readonly string[],
  env: Readonly<Record<string, string>>,
): readonly string[] {
  return namedVariables(texts).filter((name) => env[name] === undefined);
}

/** The variables that the texts ask for with `{env:NAME}`, each once, sorted. */
export function namedVariables(texts: readonly string[]): readonly string[] {
  const asked = texts.flatMap((text) =>
    [...text.matchAll(placeholder)].map((match) => match[1] ?? ""),
  );
  const names = asked.filter((name) => name.startsWith("env:")).map((name) => name.slice(4));
  return [...new Set(names)].toSorted();
}
