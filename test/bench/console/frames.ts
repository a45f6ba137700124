import {execFile} from 'node:child_process';
import path from 'node:path';
import {promisify} from 'node:util';
import {slopeOf} from '../usage.ts';

const FRAMES = 36_000;
const FRAMES_A_MINUTE = 60;
/** Buffers fill and code is compiled meanwhile. */
const WARM_UP_SHARE = 1 / 3;
const AIM_MIB_A_MINUTE = 0.1;
const BYTES_PER_MIB = 2 ** 20;
/** A frame that is never drawn ends the measurement. */
const LIMIT_MS = 20 * 60_000;

/**
 * Ten hours of a console at one frame per second, as fast as it draws, in a process of its own that also makes up the data: its
 * memory is more than that of the program, its growth is the same.
 */
export async function benchFrames(report: (name: string, value: string) => void): Promise<void> {
  const program = path.join(import.meta.dirname, 'frames-program.ts');
  const startedMs = performance.now();
  const {stderr} = await promisify(execFile)(process.execPath, ['--import=tsx', program, String(FRAMES)], {
    timeout: LIMIT_MS,
  });
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  const looks = [...stderr.matchAll(/^(\d+) (\d+)$/gm)].map(
    ([, frame, bytes]) => [Number(frame) / FRAMES_A_MINUTE, Number(bytes) / BYTES_PER_MIB] as const,
  );
  const settled = looks.slice(Math.floor(looks.length * WARM_UP_SHARE));
  const slope = slopeOf(settled);
  const missed = slope > AIM_MIB_A_MINUTE ? ': missed' : '';
  const [first, last] = [settled[0]?.[1] ?? Number.NaN, settled.at(-1)?.[1] ?? Number.NaN];
  report(`${FRAMES.toLocaleString('en')} frames, drawn in`, `${elapsedSeconds.toFixed(0)} s`);
  report('RSS after a third of them -> at the end', `${first.toFixed(0)} -> ${last.toFixed(0)} MiB`);
  report('slope for a frame a second', `${slope.toFixed(3)} MiB/min (aim ${AIM_MIB_A_MINUTE}${missed})`);
}
