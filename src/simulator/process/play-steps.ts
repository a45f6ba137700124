import {setTimeout as delay} from 'node:timers/promises';

/** Something that a start does, `atMs` after it began at speed 1. */
export type PlayedStep = {readonly atMs: number; readonly run: () => void};

const LONGEST_WAIT_MS = 100;

/** Plays steps in their own time, divided by the speed; ends early, and says false, once it is over. */
export async function playSteps(steps: readonly PlayedStep[], speed: number, isOver: () => boolean): Promise<boolean> {
  const beganMs = performance.now();
  for (const step of steps) {
    const dueMs = beganMs + step.atMs / speed;
    for (let waitMs = dueMs - performance.now(); waitMs > 0 && !isOver(); waitMs = dueMs - performance.now()) {
      await delay(Math.min(waitMs, LONGEST_WAIT_MS));
    }
    if (isOver()) return false;
    step.run();
  }
  return !isOver();
}
