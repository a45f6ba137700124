import http from 'node:http';
import {createConnection} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {apiPaths} from '../../src/api/paths.ts';
import {askSocket} from '../harness/ask-socket.ts';
import type {GantryHome} from '../harness/gantry-home.ts';
import {slopeOf, type Usage, usageOf} from './usage.ts';

const SPEED = 20;
const LOOK_EVERY_SECONDS = 5;
/** Buffers fill and code is compiled meanwhile. */
const WARM_UP_SHARE = 1 / 3;
const MAX_MIB_PER_MINUTE = 0.1;
const MAX_DISK_BYTES_PER_SECOND = 2_048;
/** The request of the moment, and a connection that is being closed. */
const MAX_MORE_FILES = 3;

type Look = {readonly minutes: number; readonly supervisor: Usage; readonly console: Usage};

/**
 * A ready engine with traffic, at rest for its operator: one request per second to the API, now and then a `gantry status`,
 * an open console, and clients that follow the log, leave, and break. Returns false if memory or open files of supervisor
 * or console grow after the warm-up, or if the supervisor writes too much.
 */
export async function soakAtRest(home: GantryHome, minutes: number): Promise<boolean> {
  await home.demo(['--speed', String(SPEED)]);
  const {supervisor} = await home.waitForState('ready', 300_000);
  const console = home.open([], {columns: 120, rows: 40});
  await console.waitFor('a whole frame', (text) => text.includes('SIMULATED') && text.includes('GiB'));
  const startedMs = performance.now();
  const looks: Look[] = [];
  for (let second = 0; second < minutes * 60; second += 1) {
    await delay(Math.max(0, startedMs + second * 1_000 - performance.now()));
    await askAsClients(home, second);
    if (second % LOOK_EVERY_SECONDS !== 0) continue;
    const elapsed = (performance.now() - startedMs) / 60_000;
    looks.push({minutes: elapsed, supervisor: usageOf(supervisor.pid), console: usageOf(console.pid)});
    if (second % 300 === 0) report(`after ${elapsed.toFixed(0)} min`, memoryOf(looks.at(-1)));
  }
  const verdict = judge(looks.slice(Math.floor(looks.length * WARM_UP_SHARE)));
  console.write('q');
  await console.exit;
  return verdict;
}

/** What clients do in one second. */
async function askAsClients({socketPath, run}: GantryHome, second: number): Promise<void> {
  if (second % 30 === 29) {
    const {exitCode, stdout, stderr} = await run(['status']);
    if (exitCode !== 0) throw new Error(`gantry status exited with ${exitCode}: ${stdout}${stderr}`);
  }
  if (second % 20 === 7) followLog(socketPath, 15_000);
  if (second % 10 === 3) breakOff(socketPath);
  const {status} = await askSocket(socketPath, apiPaths.snapshot);
  if (status !== 200) throw new Error(`the snapshot was answered with ${status}`);
}

/** Follows the log and leaves in the middle of it. */
function followLog(socketPath: string, forMs: number): void {
  const request = http.get({socketPath, path: `${apiPaths.logStream}?tail=100`, agent: false}, (response) => {
    response.resume();
    response.on('error', () => undefined);
  });
  request.on('error', () => undefined);
  setTimeout(() => request.destroy(), forMs).unref();
}

/** Connects, sends half a request, and disappears. */
function breakOff(socketPath: string): void {
  const socket = createConnection(socketPath, () => {
    socket.write('POST /v1/commands HTTP/1.1\r\ncontent-length: 500\r\n\r\n{"type"', () => socket.destroy());
  });
  socket.on('error', () => undefined);
}

function judge(looks: readonly Look[]): boolean {
  const checks = (['supervisor', 'console'] as const).flatMap((who) => {
    const slope = slopeOf(looks.map((look) => [look.minutes, look[who].rssMib]));
    const sizes = looks.map((look) => look[who].rssMib);
    const half = Math.floor(looks.length / 2);
    // The list of processes is read from many files at once, for a moment.
    const usual = (part: readonly Look[]): number => median(part.map((look) => look[who].openFiles));
    const [before, after] = [usual(looks.slice(0, half)), usual(looks.slice(half))];
    report(
      `RSS of the ${who}`,
      `${Math.min(...sizes).toFixed(1)} to ${Math.max(...sizes).toFixed(1)} MiB, ${slope.toFixed(3)} MiB per minute`,
    );
    report(`open files of the ${who}, median of each half`, `${before}, ${after}`);
    return [slope <= MAX_MIB_PER_MINUTE, after <= before + MAX_MORE_FILES];
  });
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) throw new Error('too short to measure anything');
  const bytesPerSecond = (last.supervisor.diskBytes - first.supervisor.diskBytes) / (last.minutes - first.minutes) / 60;
  report('disk writes of the supervisor', `${bytesPerSecond.toFixed(0)} bytes per second`);
  return [...checks, bytesPerSecond <= MAX_DISK_BYTES_PER_SECOND].every(Boolean);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function memoryOf(look: Look | undefined): string {
  if (look === undefined) return '';
  const {supervisor, console} = look;
  return `RSS: supervisor ${supervisor.rssMib.toFixed(1)} MiB, console ${console.rssMib.toFixed(1)} MiB; open files ${supervisor.openFiles}`;
}

function report(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(48)} ${value}\n`);
}
