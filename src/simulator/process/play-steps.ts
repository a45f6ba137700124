import type {StartClock} from './start-clock.ts';

/** Something that a start does, `atMs` after it began at speed 1. */
export type PlayedStep = {readonly atMs: number; readonly run: () => void};

/** Plays steps in their own time; ends early, and says false, once it is over. */
export async function playSteps(
  steps: readonly PlayedStep[],
  clock: StartClock,
  isOver: () => boolean,
): Promise<boolean> {
  for (const step of steps) {
    await clock.reach(step.atMs, isOver);
    if (isOver()) return false;
    step.run();
  }
  return !isOver();
}
