import { join } from "node:path";
import type { Chapter } from "../chapter.ts";
import { prove } from "../story-error.ts";
import { runChecked, runProgram } from "../world.ts";

export const lookAtItAll: Chapter = {
  letter: "j",
  title: "Look at it all",
  proves: "one screen shows environments, lines and the distance between them",
  run: async (world) => {
    const program = join(world.repositoryDirectory, "release/bin/trunkline.js");
    const status = await runChecked(world, [process.execPath, program, "status"]);
    const drift = await runProgram(world, [process.execPath, program, "drift"]);
    prove(
      drift.code === 0 || drift.code === 4,
      `drift exited ${String(drift.code)}: ${drift.stderr}`,
    );
    const text = `${status.stdout.toString()}\n${drift.stdout.toString()}`;
    for (const word of ["production", "lts/1.0", "v1.0.1"])
      prove(text.includes(word), `status and drift do not mention ${word}:\n${text}`);
    return text.trim().split("\n");
  },
};
