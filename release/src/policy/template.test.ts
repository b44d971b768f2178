import { expect, test } from "vitest";
import { fillTemplate, missingVariables } from "./template.ts";

const values = {
  node: "/opt/node",
  commit: "c0ffee",
  digest: "d16e57",
  data: "/srv/data",
  env: { KEY: "{commit}", EMPTY: "" },
};

test("every placeholder is filled", () => {
  const text = "{node} {commit} {digest} sqlite:{data}/x.db";
  expect(fillTemplate(text, values)).toBe("/opt/node c0ffee d16e57 sqlite:/srv/data/x.db");
});

test("a variable's value is not filled again, an empty one is a value", () => {
  expect(fillTemplate("a{env:KEY}b{env:EMPTY}c", values)).toBe("a{commit}bc");
});

test("the port and what is no placeholder stay", () => {
  expect(fillTemplate('{port} {"a":{}} {other} {env:} $&', values)).toBe(
    '{port} {"a":{}} {other} {env:} $&',
  );
});

test("missing variables are named once each", () => {
  const texts = ["{env:B} {env:A}", "{env:A}", "{env:EMPTY} {env:KEY} {node}"];
  expect(missingVariables(texts, values.env)).toEqual(["A", "B"]);
});
