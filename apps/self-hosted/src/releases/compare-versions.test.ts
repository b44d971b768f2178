import { expect, test } from "vitest";
import { compareVersions } from "./compare-versions.ts";

// Each is lower than the next; the pre-releases are the example of the specification.
const ASCENDING = [
  "0.9.9",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.2",
  "1.0.10",
  "1.2.0",
  "10.0.0",
];

test("versions are ordered as semantic versioning says", () => {
  for (const [at, left] of ASCENDING.entries()) {
    for (const [other, right] of ASCENDING.entries()) {
      expect(compareVersions(left, right), `${left} ${right}`).toBe(Math.sign(at - other));
    }
  }
});

test("build metadata does not count, and other texts are no versions", () => {
  expect(compareVersions("1.0.0+a", "1.0.0+b")).toBe(0);
  for (const text of ["", "1.0", "v1.0.0", "1.0.0.0", "latest"])
    expect(compareVersions(text, "1.0.0")).toBe(null);
});
