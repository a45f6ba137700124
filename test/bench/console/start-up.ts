import {execFile} from 'node:child_process';
import path from 'node:path';
import {build} from 'esbuild';
import {outdir} from '../../../scripts/bundle.mjs';
import {type GantryHome, gantryEntry} from '../../harness/gantry-home.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';
import {openTerminal} from '../../harness/terminal.ts';

const ROUNDS = 9;
const size = {columns: 120, rows: 40};
const BARE_TEXT = 'bare program';
/** What the times are to be at most, as multiples of the first of each pair. */
const aims = {status: 3, frame: 1.5};

/** The least that a program with Ink has to load and do, bundled as Gantry is. */
const bareProgram = `
  import {createElement} from 'react';
  import {render, Text} from 'ink';
  render(createElement(Text, null, '${BARE_TEXT}')).waitUntilExit();
  setInterval(() => undefined, 1_000_000);`;

async function bundleBareProgram(directory: string): Promise<string> {
  const outfile = path.join(directory, 'bare.mjs');
  await build({
    stdin: {contents: bareProgram, resolveDir: outdir},
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    define: {'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"'},
    alias: {'react-devtools-core': path.join(outdir, '..', 'scripts', 'empty-module.mjs')},
    banner: {js: "import {createRequire} from 'node:module';const require=createRequire(import.meta.url);"},
  });
  return outfile;
}

/** Milliseconds that a command runs. */
function timeOf(words: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    execFile(process.execPath, words, {env, maxBuffer: 64 * 1024 * 1024}, (error) => {
      if (error === null) resolve(performance.now() - startedMs);
      else reject(error);
    });
  });
}

/** Milliseconds from the start of a program to a screen that has these texts. */
async function timeToFrame(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  texts: readonly string[],
): Promise<number> {
  const startedMs = performance.now();
  const terminal = openTerminal({file: process.execPath, args: words, env, ...size});
  await terminal.waitFor('the first whole frame', (screen) => texts.every((text) => screen.includes(text)));
  const elapsedMs = performance.now() - startedMs;
  process.kill(terminal.pid, 'SIGTERM');
  await terminal.exit;
  return elapsedMs;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * Times to start, in one run and in turns, so that a busy host is busy for all: Node alone, `gantry status --json`, a bare
 * program with Ink, and the first frame of the console, with a supervisor that runs.
 */
export async function benchStartUp(
  home: GantryHome,
  env: Readonly<Record<string, string>>,
  report: (name: string, value: string) => void,
): Promise<void> {
  const {directory, remove} = makeTemporaryDirectory('bare');
  const environment = {...home.environment, ...env};
  const bare = await bundleBareProgram(directory);
  const times: Record<'node' | 'status' | 'bare' | 'frame', number[]> = {node: [], status: [], bare: [], frame: []};
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const measured = {
        node: await timeOf(['-e', '0'], environment),
        status: await timeOf([gantryEntry, 'status', '--json'], environment),
        bare: await timeToFrame([bare], environment, [BARE_TEXT]),
        frame: await timeToFrame([gantryEntry], environment, ['SIMULATED', 'GiB']),
      };
      // The first round fills caches.
      if (round > 0) for (const name of ['node', 'status', 'bare', 'frame'] as const) times[name].push(measured[name]);
    }
  } finally {
    remove();
  }
  const [node, status, bareFrame, frame] = [times.node, times.status, times.bare, times.frame].map(median);
  if (node === undefined || status === undefined || bareFrame === undefined || frame === undefined) return;
  const ratio = (value: number, base: number, aim: number): string =>
    `${(value / base).toFixed(2)} times (aim ${aim}${value / base > aim ? ': missed' : ''})`;
  report(`node -e 0, median of ${ROUNDS}`, `${node.toFixed(0)} ms`);
  report('gantry status --json', `${status.toFixed(0)} ms, ${ratio(status, node, aims.status)}`);
  report('first frame of a bare program with Ink', `${bareFrame.toFixed(0)} ms`);
  report('first frame of the console', `${frame.toFixed(0)} ms, ${ratio(frame, bareFrame, aims.frame)}`);
}
