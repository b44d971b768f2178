import type { Result } from "@trunkline/bundle";
import { Failure } from "../failure.ts";
import type { FailureCode } from "../failure.ts";

/**
 * The value of an archive operation, or its failure on the way to `main` under the code given.
 * @throws Failure
 */
export function bundleValue<Value>(result: Result<Value>, code: FailureCode): Value {
  if (result.ok) return result.value;
  throw new Failure({
    code,
    message: `${result.failure.message} (${result.failure.code})`,
    next: result.failure.next,
  });
}
