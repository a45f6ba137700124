import type {StartClock} from './start-clock.ts';

/** A step of a start, `atMs` after it begins, at speed 1. The next one waits until `run` is done. */
export type PlayedStep = {readonly atMs: number; readonly run: () => void | Promise<void>};

/** Plays steps at their times; ends early with false when stopped. */
export async function playSteps(
  steps: readonly PlayedStep[],
  clock: StartClock,
  isOver: () => boolean,
): Promise<boolean> {
  for (const step of steps) {
    await clock.reach(step.atMs, isOver);
    if (isOver()) return false;
    await step.run();
  }
  return !isOver();
}
