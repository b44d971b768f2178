/** The story found something that must not be: it ends with this sentence, non-zero. */
export class StoryError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StoryError";
  }
}

/** Ends the story unless the condition holds. */
export function prove(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new StoryError(otherwise);
}
