import {readFileSync} from 'node:fs';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import {benchStartUp} from './start-up.ts';

const STEADY_MS = 30_000;
const size = {columns: 120, rows: 40};
/** Clock ticks per second of /proc/<pid>/stat: 100 on every Linux Gantry runs on. */
const TICKS_PER_SECOND = 100;

type Usage = {readonly cpuMs: number; readonly rssMib: number};

function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const cells = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(cells[11]) + Number(cells[12]);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rssKib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN);
  return {cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssMib: rssKib / 1024};
}

function report(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(52)} ${value}\n`);
}

/** The port is in the file, as an operator has it: a command with variables of the configuration compares these first. */
const ownPort = {GANTRY_ENGINE_PORT: ''};

async function measure(home: GantryHome): Promise<void> {
  home.configure(`engine:\n  port: ${home.port}\n`);
  const started = await home.run(['demo', '--detach', '--speed', '200', '--json'], ownPort);
  if (started.exitCode !== 0) throw new Error(`the simulated node did not start: ${started.stdout}${started.stderr}`);
  const {supervisor} = await home.waitForState('ready');
  await benchStartUp(home, ownPort, report);

  const console = home.open([], size, ownPort);
  await console.waitFor('a whole frame', (text) => text.includes('SIMULATED') && text.includes('GiB'));
  const before = {bytes: console.bytesWritten(), console: usageOf(console.pid), supervisor: usageOf(supervisor.pid)};
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, STEADY_MS));
  const seconds = (performance.now() - startedMs) / 1000;
  const after = {bytes: console.bytesWritten(), console: usageOf(console.pid), supervisor: usageOf(supervisor.pid)};
  const percent = (a: Usage, b: Usage): string => `${((b.cpuMs - a.cpuMs) / (seconds * 10)).toFixed(2)} %`;
  report('bytes per second at 120x40, 1 Hz, changing load', ((after.bytes - before.bytes) / seconds).toFixed(0));
  report('CPU of the console at 1 Hz', percent(before.console, after.console));
  report('CPU of the supervisor at 1 Hz', percent(before.supervisor, after.supervisor));
  report(
    'RSS of the console, start -> end',
    `${before.console.rssMib.toFixed(0)} -> ${after.console.rssMib.toFixed(0)} MiB`,
  );
  report(
    'RSS of the supervisor, start -> end',
    `${before.supervisor.rssMib.toFixed(0)} -> ${after.supervisor.rssMib.toFixed(0)} MiB`,
  );
  console.write('q');
  await console.exit;
}

/** Measures the built console and supervisor on the simulated node. */
export async function benchConsole(): Promise<void> {
  const home = await createHome();
  try {
    await measure(home);
  } finally {
    await home.close();
  }
}
