import {writeFileSync} from 'node:fs';
import path from 'node:path';

/** Clocks of the supervisor of one home that a test moves forward; its timers run in real time. */
export type SteppedClock = {
  /** For the command that starts the supervisor. */
  readonly environment: Readonly<Record<string, string>>;
  /** The offset of the wall clock, positive or negative. */
  readonly stepWallTo: (offsetMs: number) => void;
  /** Moves the monotonic clock forward. */
  readonly stepMonotonicBy: (ms: number) => void;
};

/** A clock that a program loads before anything else. */
export function createSteppedClock({directory}: {readonly directory: string}): SteppedClock {
  const offsets = {wallMs: 0, monotonicMs: 0};
  const file = path.join(directory, 'clock.json');
  const program = path.join(directory, 'clock.mjs');
  const write = (): void => writeFileSync(file, JSON.stringify(offsets));
  write();
  writeFileSync(
    program,
    `import {readFileSync} from 'node:fs';
     let last = {wallMs: 0, monotonicMs: 0};
     const read = () => { try { last = JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8')); } catch {} return last; };
     const wall = Date.now; const monotonic = performance.now.bind(performance);
     Date.now = () => wall() + read().wallMs;
     if (process.argv.includes('supervise')) performance.now = () => monotonic() + read().monotonicMs;\n`,
  );
  return {
    environment: {NODE_OPTIONS: `--import=${program}`},
    stepWallTo(offsetMs) {
      offsets.wallMs = offsetMs;
      write();
    },
    stepMonotonicBy(ms) {
      offsets.monotonicMs += ms;
      write();
    },
  };
}
