import {type ChildProcess, spawn} from 'node:child_process';
import {execa} from 'execa';
import type {LogDiagnosis} from '../../src/domain/diagnosis/log-diagnosis.ts';
import {createLogReading} from '../../src/engines/log/read-log.ts';
import {engines, findEngine} from '../../src/engines/registry.ts';
import type {InstalledNode} from '../../src/simulator/install.ts';
import {cleanLogText} from '../../src/sources/log/clean-log-text.ts';
import {endIfOrphaned} from '../harness/orphans.ts';
import {killGroup} from '../harness/processes.ts';

/** A simulated engine as a separate process, the leader of its group. */
export type RunningEngine = {
  readonly child: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  readonly ended: Promise<{readonly code: number | null; readonly signal: NodeJS.Signals | null}>;
  /** Kills it with everything it started. */
  readonly kill: () => void;
};

/** Runs a program of the simulated node; the caller kills it. It does not outlive the test process. */
export function runEngine(
  node: InstalledNode,
  program: string,
  argv: readonly string[],
  port: number,
  environment: Readonly<Record<string, string>> = {},
): RunningEngine {
  const env = {...process.env, ...environment};
  const child = spawn(`${node.engineDirectory}/${program}`, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env,
  });
  const {pid} = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  const release = endIfOrphaned(`group ${pid}`);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<Awaited<RunningEngine['ended']>>((resolve) =>
    child.once('close', (code, signal) => resolve({code, signal})),
  );
  return {
    child,
    ended,
    url: `http://127.0.0.1:${port}`,
    output: () => text,
    kill() {
      killGroup(pid);
      release();
    },
  };
}

/** The sum of a metric's series; 0 where it has none. */
export async function readMetric({url}: RunningEngine, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** One request of a chat. */
export function chat({url}: RunningEngine, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json', ...headers},
    body: JSON.stringify({messages: [{role: 'user', content: 'Write a sorting function. '.repeat(40)}], ...body}),
  });
}

/** Memory in use on each card as nvidia-smi says, MiB. */
export async function usedMib(node: InstalledNode): Promise<readonly number[]> {
  const {stdout} = await execa(node.nvidiaSmiPath, ['--query-gpu=memory.used', '--format=csv,noheader,nounits']);
  return stdout.split('\n').map(Number);
}

/** What Gantry makes of the output so far: phases, facts, the cause. Throws where it knows no engine in it. */
export function diagnose({output}: Pick<RunningEngine, 'output'>, engineName: string): LogDiagnosis {
  const reading = createLogReading(engines, findEngine(engineName) ?? null);
  for (const [index, text] of output()
    .split(/\r?\n|\r/)
    .entries()) {
    reading.take({text: cleanLogText(text), number: index + 1});
  }
  const result = reading.result();
  if (result === null) throw new Error(`not a log of ${engineName}:\n${output()}`);
  return result;
}
