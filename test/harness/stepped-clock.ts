import {renameSync, writeFileSync} from 'node:fs';
import {uptime} from 'node:os';
import path from 'node:path';
import {monotonicMs} from './monotonic-clock.ts';

/** Clocks of the supervisor of one home that a test moves forward; its timers run in real time. */
export type SteppedClock = {
  /** For the command that starts the supervisor. */
  readonly environment: Readonly<Record<string, string>>;
  /** The offset of the wall clock, positive or negative. */
  readonly stepWallTo: (offsetMs: number) => void;
  /** Lets time pass for the supervisor: by its monotonic clock, its wall clock and the uptime of the host alike. */
  readonly advanceBy: (ms: number) => void;
  /** Another boot of the host, this long ago. Its processes are to be killed before. */
  readonly reboot: (uptimeMs: number) => void;
  readonly offsetMs: () => number;
  /** What the wall clock would show if nobody had ever set it: that counts every millisecond once. */
  readonly unsteppedMs: () => number;
  /** The unstepped time at an uptime of the present boot. */
  readonly unsteppedAt: (uptimeMs: number) => number;
};

/**
 * A clock that a program loads before anything else. Whatever the supervisor reads after its wall clock is of the same moment,
 * to the millisecond, so that times can be compared exactly.
 */
export function createSteppedClock({directory}: {readonly directory: string}): SteppedClock {
  const wallAtZeroMs = Date.now() - monotonicMs();
  const set = {wallMs: 0, passedMs: 0, boot: 0, bootedAtMs: monotonicMs() - Math.round(uptime() * 1_000)};
  const file = path.join(directory, 'clock.json');
  const program = path.join(directory, 'clock.mjs');
  const write = (): void => {
    writeFileSync(`${file}.new`, JSON.stringify(set));
    renameSync(`${file}.new`, file);
  };
  write();
  writeFileSync(
    program,
    `import fs from 'node:fs';
     import {syncBuiltinESMExports} from 'node:module';
     import os from 'node:os';
     const isSupervisor = process.argv.includes('supervise');
     const readFile = fs.readFileSync; const monotonic = performance.now.bind(performance);
     let last = ${JSON.stringify(set)};
     const read = () => {
       try { last = JSON.parse(readFile(${JSON.stringify(file)}, 'utf8')); }
       // At the end of a test its home is removed, under processes that are still ending.
       catch (error) { if (error.code !== 'ENOENT') throw error; }
       return last;
     };
     const passedMs = () => (isSupervisor ? read().passedMs : 0);
     const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n) + passedMs();
     let atMs = nowMs();
     Date.now = () => { atMs = nowMs(); return atMs + ${wallAtZeroMs} + read().wallMs; };
     performance.now = () => monotonic() + passedMs();
     os.uptime = () => (atMs - last.bootedAtMs) / 1000;
     fs.readFileSync = (name, ...rest) =>
       name === '/proc/sys/kernel/random/boot_id' && read().boot > 0 ? 'boot-' + last.boot + '\\n' : readFile(name, ...rest);
     syncBuiltinESMExports();\n`,
  );
  return {
    environment: {NODE_OPTIONS: `--import=${program}`},
    stepWallTo(offsetMs) {
      set.wallMs = offsetMs;
      write();
    },
    advanceBy(ms) {
      set.passedMs += ms;
      write();
    },
    reboot(uptimeMs) {
      set.boot += 1;
      set.bootedAtMs = monotonicMs() + set.passedMs - uptimeMs;
      write();
    },
    offsetMs: () => set.wallMs,
    unsteppedMs: () => monotonicMs() + set.passedMs + wallAtZeroMs,
    unsteppedAt: (uptimeMs) => uptimeMs + set.bootedAtMs + wallAtZeroMs,
  };
}
