import {renameSync, writeFileSync} from 'node:fs';
import path from 'node:path';

/** Clocks of the supervisor of one home that a test moves forward; its timers run in real time. */
export type SteppedClock = {
  /** For the command that starts the supervisor. */
  readonly environment: Readonly<Record<string, string>>;
  /** The offset of the wall clock, positive or negative. */
  readonly stepWallTo: (offsetMs: number) => void;
  /** Lets time pass for the supervisor: by its monotonic clock, its wall clock and the uptime of the host alike. */
  readonly advanceBy: (ms: number) => void;
};

/** A clock that a program loads before anything else. */
export function createSteppedClock({directory}: {readonly directory: string}): SteppedClock {
  const offsets = {wallMs: 0, passedMs: 0};
  const file = path.join(directory, 'clock.json');
  const program = path.join(directory, 'clock.mjs');
  const write = (): void => {
    writeFileSync(`${file}.new`, JSON.stringify(offsets));
    renameSync(`${file}.new`, file);
  };
  write();
  writeFileSync(
    program,
    `import {readFileSync} from 'node:fs';
     import {syncBuiltinESMExports} from 'node:module';
     import os from 'node:os';
     const isSupervisor = process.argv.includes('supervise');
     let last = {wallMs: 0, passedMs: 0};
     const read = () => { try { last = JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8')); } catch {} return last; };
     const wall = Date.now; const monotonic = performance.now.bind(performance); const uptime = os.uptime;
     const passedMs = () => (isSupervisor ? read().passedMs : 0);
     Date.now = () => wall() + read().wallMs + passedMs();
     performance.now = () => monotonic() + passedMs();
     os.uptime = () => uptime() + passedMs() / 1000;
     syncBuiltinESMExports();\n`,
  );
  return {
    environment: {NODE_OPTIONS: `--import=${program}`},
    stepWallTo(offsetMs) {
      offsets.wallMs = offsetMs;
      write();
    },
    advanceBy(ms) {
      offsets.passedMs += ms;
      write();
    },
  };
}
