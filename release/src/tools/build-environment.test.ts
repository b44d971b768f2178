import { expect, test } from "vitest";
import { configSchema } from "../policy/config.ts";
import { buildEnvironment } from "./build-environment.ts";

test("the build's commands see no secret that the policy hands to a running build", () => {
  const { environments } = configSchema.parse({
    product: "sample",
    changesets: { package: "sample" },
    build: { commands: [["true"]], output: "dist" },
    environments: {
      production: {
        driver: "local",
        port: 8080,
        command: ["{node}", "--key={env:IN_COMMAND}"],
        env: { KEY: "{env:IN_ENV}", HOME: "{env:HOME}" },
      },
    },
  });
  const env = { IN_COMMAND: "a", IN_ENV: "b", OTHER: "c", HOME: "/home/x", PATH: "/bin" };
  const options = { nodePath: "/opt/node/bin/node", commitTime: new Date(5000), environments };
  expect(buildEnvironment(env, options)).toEqual({
    OTHER: "c",
    HOME: "/home/x",
    PATH: "/opt/node/bin:/bin",
    SOURCE_DATE_EPOCH: "5",
    TZ: "UTC",
    LC_ALL: "C.UTF-8",
  });
});
