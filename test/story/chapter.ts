import type { World } from "./world.ts";

/** One lettered part of the story. */
export interface Chapter {
  readonly letter: string;
  readonly title: string;
  /** What it proves, for the reader of the output. */
  readonly proves: string;
  /** Does it for real and returns its figures, one line each. @throws StoryError */
  run(world: World): Promise<readonly string[]>;
}
