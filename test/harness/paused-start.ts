import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pauseFile} from '../../src/simulator/process/start-clock.ts';

/** The middle of each phase of a simulated vLLM's start, in milliseconds of a start at speed 1. */
const middles = {launch: 5_000, 'load-weights': 150_000, 'capture-graphs': 340_000} as const;
export type PausedPhase = keyof typeof middles;

/** A start of the home's simulated node pauses in the middle of this phase, until `resumeStart`. */
export function pauseStart(home: {readonly directory: string}, phase: PausedPhase): void {
  const node = nodeDirectory(home);
  mkdirSync(node, {recursive: true, mode: 0o700});
  writeFileSync(pauseFile(node), String(middles[phase]));
}

/** Continues a paused start. */
export function resumeStart(home: {readonly directory: string}): void {
  rmSync(pauseFile(nodeDirectory(home)));
}

function nodeDirectory({directory}: {readonly directory: string}): string {
  return path.join(directory, 'state', 'simulated-node');
}
