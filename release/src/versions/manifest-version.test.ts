import fc from "fast-check";
import { expect, test } from "vitest";
import { withManifestVersion } from "./manifest-version.ts";

test("changes the version and keeps the layout", () => {
  const text = '{\n\t"name": "a",\n\t"version": "0.0.0", \n\t"list": [1,2]\n}\n';
  expect(withManifestVersion(text, "1.2.0")).toBe(text.replace("0.0.0", "1.2.0"));
});

test("is not led astray by a version inside another field, or by one that is missing", () => {
  const nested = '{ "volta": { "version": "9.9.9" }, "version": "0.0.0" }';
  expect(JSON.parse(withManifestVersion(nested, "1.2.0"))).toEqual({
    volta: { version: "9.9.9" },
    version: "1.2.0",
  });
  expect(JSON.parse(withManifestVersion('{"name":"a"}', "1.0.0"))).toEqual({
    name: "a",
    version: "1.0.0",
  });
});

test("changes nothing but the version, for any object", () => {
  const manifest = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(manifest, fc.constantFrom(0, 2, "\t"), (object, indent) => {
      const safe = JSON.parse(JSON.stringify(object)) as Record<string, unknown>; // what any JSON object is
      const changed: unknown = JSON.parse(
        withManifestVersion(JSON.stringify(safe, null, indent), "3.1.0"),
      );
      expect(changed).toEqual({ ...safe, version: "3.1.0" });
    }),
  );
});

test.each(["", "[]", "null", "{ broken", '"text"'])(
  "refuses what is no package.json: %j",
  (text) => {
    expect(() => withManifestVersion(text, "1.0.0")).toThrow(SyntaxError);
  },
);
