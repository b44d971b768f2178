import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prefixOfRelease, sitePaths } from "./site-paths.ts";

test("every path lies under the prefix", () => {
  for (const path of Object.values(sitePaths("/srv/site"))) expect(path).toMatch(/^\/srv\/site/);
  expect(sitePaths("/")).toMatchObject({
    prefix: "/",
    currentLink: "/opt/shortline/current",
    logDirectory: "/var/log/shortline",
  });
});

test("an installed release knows its site, an unpacked one takes the machine's", () => {
  expect(prefixOfRelease("/srv/site/opt/shortline/releases/1.0.0")).toBe("/srv/site");
  expect(prefixOfRelease("/opt/shortline/releases/1.0.0")).toBe("/");
  expect(prefixOfRelease("/home/operator/shortline-1.0.0")).toBe("/");
});

test("the units name the paths of the machine's own site", () => {
  const unit = readFileSync(
    join(import.meta.dirname, "..", "..", "systemd", "shortline.service"),
    "utf8",
  );
  const { currentLink, dataDirectory, logDirectory } = sitePaths("/");
  expect(unit).toContain(`ExecStart=${currentLink}/app/shortlinectl serve`);
  expect(unit).toContain(`ReadWritePaths=${dataDirectory} ${logDirectory}\n`);
  for (const setting of [
    "ProtectSystem=strict",
    "NoNewPrivileges=true",
    "PrivateTmp=true",
    "CapabilityBoundingSet=\n",
  ]) {
    expect(unit).toContain(setting);
  }
});
