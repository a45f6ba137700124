import {spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {stringify} from 'yaml';
import {z} from 'zod';
import type {Snapshot} from '../../src/api/snapshot.ts';
import {eventually} from '../harness/eventually.ts';
import {noCards, writeExecutable} from '../harness/executable.ts';
import {createHome, type GantryHome} from '../harness/gantry-home.ts';
import {commandOf, processesWith} from '../harness/processes.ts';

/** A real engine as Gantry is configured to start it. */
export type RealEngine = {
  readonly name: string;
  readonly executable: string;
  readonly model: string;
  /** Null for an engine that has none. */
  readonly memoryFraction: number | null;
  readonly extraArguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

export const SERVED_MODEL = 'tiny-words';
export const CONTEXT_TOKENS = 4_096;
/** A start of a real engine on a small, busy machine. */
export const START_LIMIT_MS = 8 * 60_000;

/** A home in which `gantry up` starts this engine on a host without a GPU. */
export type RealHome = GantryHome & {
  readonly engine: RealEngine;
  readonly url: string;
  /** `gantry WORDS --json`, which must end with this status; its document. */
  readonly command: (words: readonly string[], exitCode?: number) => Promise<unknown>;
  /** Changes the configuration for the next start. */
  readonly setUp: (change: {
    readonly contextLengthTokens?: number;
    readonly extraArguments?: readonly string[];
  }) => void;
  /** The engine's own process, not a shell around it. */
  readonly enginePid: () => number;
  /** What every run of this home has logged, oldest first. */
  readonly logs: () => readonly string[];
};

/** A home for an engine; `describe` gets its directory. */
export async function openRealHome(describe: (directory: string) => RealEngine): Promise<RealHome> {
  const home = await createHome();
  const engine = describe(home.directory);
  const nvidiaSmi = writeExecutable(path.join(home.directory, 'nvidia-smi'), noCards);
  const environment = {GANTRY_NVIDIA_SMI: nvidiaSmi, ...engine.environment};
  const run: GantryHome['run'] = (args, env = {}) => home.run(args, {...environment, ...env});
  const setUp: RealHome['setUp'] = ({contextLengthTokens = CONTEXT_TOKENS, extraArguments = []}) =>
    home.configure(
      stringify({
        engine: {
          name: engine.name,
          executable: engine.executable,
          model: engine.model,
          servedModelName: SERVED_MODEL,
          contextLengthTokens,
          tensorParallelSize: 1,
          // vLLM takes it for the host's memory too, where others have some.
          ...(engine.memoryFraction === null ? {} : {memoryFraction: engine.memoryFraction}),
          extraArguments: [...engine.extraArguments, ...extraArguments],
        },
      }),
    );
  setUp({});
  return {
    ...home,
    run,
    open: (args, size, env = {}) => home.open(args, size, {...environment, ...env}),
    engine,
    setUp,
    url: `http://127.0.0.1:${home.port}`,
    async command(words, exitCode = 0) {
      const result = await run([...words, '--json']);
      if (result.exitCode !== exitCode) {
        throw new Error(`gantry ${words.join(' ')} ended with ${result.exitCode}: ${result.stdout}${result.stderr}`);
      }
      return JSON.parse(result.stdout);
    },
    enginePid() {
      const port = `--port ${home.port}`;
      const found = processesWith(home.directory).find((pid) => {
        const command = commandOf(pid);
        return command.includes(port) && !command.startsWith('/bin/sh');
      });
      if (found === undefined) throw new Error(`No process of the engine has ${port} on its command line.`);
      return found;
    },
    logs() {
      const runs = path.join(home.directory, 'state', 'runs');
      return readdirSync(runs)
        .sort()
        .map((name) => readFileSync(path.join(runs, name, 'engine.log'), 'utf8'));
    },
  };
}

const usageSchema = z.object({
  usage: z.object({prompt_tokens: z.number(), completion_tokens: z.number()}),
  choices: z.array(z.object({finish_reason: z.string()})).length(1),
});
export type Usage = z.infer<typeof usageSchema>['usage'];

/** One request of a client, and what the engine says that it used. */
export async function askEngine(url: string, characters: number, maxTokens: number): Promise<Usage> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({
      model: SERVED_MODEL,
      // Different from the first character on: nothing of it is in the prefix cache.
      messages: [{role: 'user', content: `${Math.random()} `.padEnd(characters, 'abc ')}],
      max_tokens: maxTokens,
      temperature: 0,
    }),
  });
  if (!response.ok) throw new Error(`The engine answered with ${response.status}: ${await response.text()}`);
  return usageSchema.parse(await response.json()).usage;
}

/** An engine's page of metrics: the sum of each series by name and, where it is asked for, of one label's value. */
export type Page = {readonly text: string; readonly sum: (name: string, label?: string) => number};

export async function readPage(url: string): Promise<Page> {
  const response = await fetch(`${url}/metrics`);
  if (!response.ok) throw new Error(`/metrics was answered with ${response.status}.`);
  const text = await response.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return {
    text,
    sum: (name, label = '') =>
      lines
        .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0),
  };
}

/** The engine's own program, started without Gantry: everything it printed, and how it ended. */
export async function runDirectly(
  {executable, environment}: RealEngine,
  args: readonly string[],
): Promise<{readonly status: number | null; readonly output: string}> {
  const child = spawn(executable, args, {env: {...process.env, ...environment}, stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  let status: number | null | undefined;
  child.on('close', (code) => {
    status = code;
  });
  try {
    await eventually(() => status !== undefined, 'the engine to exit', {withinMs: START_LIMIT_MS, everyMs: 200});
  } finally {
    child.kill('SIGKILL');
  }
  return {status: status ?? null, output};
}

/** A snapshot in which no request runs, with metrics read after this moment. */
export async function untilIdle(home: RealHome, sinceMs: number): Promise<Snapshot> {
  return home.until(
    'the engine to be idle, with metrics of now',
    ({traffic, sources, takenAtMs}) => {
      const {ageMs} = sources.metrics;
      return traffic.runningRequests === 0 && typeof ageMs === 'number' && takenAtMs - ageMs > sinceMs + 1_500;
    },
    START_LIMIT_MS,
  );
}
