import type { Manifest } from "@trunkline/bundle";
import { done, failed } from "../failure/site-failure.ts";
import type { SiteResult } from "../failure/site-failure.ts";

const PRODUCT = "shortline";

/** Checks that a release is Shortline, and for this kind of machine. */
export function checkPlatform(
  manifest: Pick<Manifest, "product" | "arch" | "version">,
): SiteResult<null> {
  if (manifest.product !== PRODUCT) {
    return failed(
      "wrong-product",
      `This is a bundle of ${manifest.product}.`,
      "Get the bundle of shortline.",
    );
  }
  const arch = `${process.platform}-${process.arch}`;
  if (manifest.arch === arch) return done(null);
  return failed(
    "wrong-architecture",
    `This bundle is for ${manifest.arch}, and this machine is ${arch}.`,
    `Get shortline-${manifest.version}-${arch}.tar.gz.`,
  );
}
