import type { ZodError } from "zod";
import type { HttpFailure } from "./http-failure.ts";

const maxListedIssues = 5;

/** Says which parts of a request have the wrong shape. */
export function invalidRequest(result: {
  readonly target: string;
  readonly error: ZodError;
}): HttpFailure {
  const issues = result.error.issues;
  const listed = issues.slice(0, maxListedIssues).map((issue) => {
    const where = issue.path.map(String).join(".");
    return where === "" ? issue.message : `${where}: ${issue.message}`;
  });
  const more = issues.length - listed.length;
  const rest = more > 0 ? `; and ${more} more` : "";
  return {
    code: "invalid-request",
    message:
      `${parts[result.target] ?? "The request"} is not valid: ${listed.join("; ")}${rest}.`.slice(
        0,
        1000,
      ),
    next: "Correct the named fields; /openapi.json describes every request.",
  };
}

const parts: Readonly<Record<string, string>> = {
  json: "The body",
  query: "The query",
  param: "The address",
};
