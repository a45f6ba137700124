import {readFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {createHome, type GantryHome} from '../../harness/gantry-home.ts';
import {benchFrames} from './frames.ts';
import {keyDelayInFlood} from './key-delay.ts';
import {startMonitors} from './monitors.ts';
import {benchStartUp} from './start-up.ts';

const STEADY_MS = 60_000;
/** What the console is to use at most, alone and as a multiple of what another monitor uses. */
const aims = {cpuPercent: 1, rssMib: 100, supervisorRssMib: 110, bytes: {htop: 1, btop: 1 / 3}, btopCpu: 1, keyMs: 50};
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
  const {supervisor, engine} = await home.waitForState('ready');
  await benchStartUp(home, ownPort, report);

  const console = home.open([], size, ownPort);
  await console.waitFor('a whole frame', (text) => text.includes('SIMULATED') && text.includes('GiB'));
  const {running, missing} = startMonitors(size, home.environment);
  const monitors = running.map(({name, terminal}) => ({name, ...watch(terminal.pid, () => terminal.bytesWritten())}));
  const own = watch(console.pid, () => console.bytesWritten());
  const supervised = watch(supervisor.pid, () => 0);
  await new Promise((resolve) => setTimeout(resolve, STEADY_MS));
  const used = own.used();
  report('the host meanwhile, load of the last minute', (loadavg()[0] ?? 0).toFixed(1));
  reportUse('console at 120x40, 1 Hz, changing load', used, aims.cpuPercent, aims.rssMib);
  reportUse('supervisor at 1 Hz', supervised.used(), aims.cpuPercent, aims.supervisorRssMib);
  for (const {name, used: usedBy} of monitors) {
    const other = usedBy();
    reportUse(name, other, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    const cpu = name === 'btop' ? aims.btopCpu : null;
    const bytes = name === 'vllmstat' ? null : aims.bytes[name];
    report(`  console / ${name}, CPU`, ratio(used.cpuPercent, other.cpuPercent, cpu));
    report(`  console / ${name}, bytes per second`, ratio(used.bytesPerSecond, other.bytesPerSecond, bytes));
  }
  if (missing.length > 0) report('not installed, not compared', missing.join(', '));
  for (const {terminal} of running) {
    terminal.kill('SIGKILL');
    await terminal.exit;
  }
  if (engine.logPath !== null) {
    const keyMs = await keyDelayInFlood(console, engine.logPath);
    const missed = keyMs > aims.keyMs ? `: missed` : '';
    report('key to screen, 10,000 log lines per second, p95', `${keyMs.toFixed(0)} ms (aim ${aims.keyMs} ms${missed})`);
  }
  console.write('q');
  await console.exit;
}

type Used = {
  /** Of one core. */
  readonly cpuPercent: number;
  readonly bytesPerSecond: number;
  readonly rssMib: {readonly start: number; readonly end: number};
};

/** What a process uses from now on. */
function watch(pid: number, bytesWritten: () => number): {readonly used: () => Used} {
  const [before, bytesBefore, startedMs] = [usageOf(pid), bytesWritten(), performance.now()];
  return {
    used() {
      const [after, seconds] = [usageOf(pid), (performance.now() - startedMs) / 1000];
      return {
        cpuPercent: (after.cpuMs - before.cpuMs) / (seconds * 10),
        bytesPerSecond: (bytesWritten() - bytesBefore) / seconds,
        rssMib: {start: before.rssMib, end: after.rssMib},
      };
    },
  };
}

function reportUse(
  name: string,
  {cpuPercent, bytesPerSecond, rssMib}: Used,
  mostPercent: number,
  mostMib: number,
): void {
  const missed = (isMissed: boolean, aim: string): string => (isMissed ? ` (aim ${aim}: missed)` : '');
  report(`CPU of ${name}`, `${cpuPercent.toFixed(2)} %${missed(cpuPercent > mostPercent, `${mostPercent} %`)}`);
  const size = `${rssMib.start.toFixed(0)} -> ${rssMib.end.toFixed(0)} MiB`;
  report(`RSS of ${name}, start -> end`, `${size}${missed(rssMib.end > mostMib, `${mostMib} MiB`)}`);
  if (bytesPerSecond > 0) report(`bytes per second of ${name}`, bytesPerSecond.toFixed(0));
}

function ratio(value: number, of: number, aim: number | null): string {
  const times = value / of;
  if (aim === null) return `${times.toFixed(2)} times`;
  return `${times.toFixed(2)} times (aim ${aim.toFixed(2)}${times > aim ? ': missed' : ''})`;
}

/** Measures the built console and supervisor on the simulated node. */
export async function benchConsole(): Promise<void> {
  const home = await createHome();
  try {
    await measure(home);
  } finally {
    await home.close();
  }
  await benchFrames(report);
}
