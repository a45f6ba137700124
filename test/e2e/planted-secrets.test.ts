import {execFile} from 'node:child_process';
import {appendFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {beforeEach, expect, test} from 'vitest';
import {snapshotSchema} from '../../src/api/snapshot.ts';
import {askSocket} from '../harness/ask-socket.ts';
import {eventually} from '../harness/eventually.ts';
import {filesBelow} from '../harness/files-below.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {commandOf, processesWith} from '../harness/processes.ts';

const run = promisify(execFile);

/** One of each kind; every one has a part of its own that is searched for. */
const planted = {
  VLLM_API_KEY: 'plAnted-engine/key+4711',
  HF_TOKEN: 'plAnted-hub-token-4711',
  DB_PASSWORD: 'plAnted"pass\\word-4711',
  MY_CREDENTIALS: 'plAnted-credentials-4711',
  HTTPS_PROXY: 'http://operator:plAnted-proxy-4711@proxy.example:3128',
};
const hookUrl = 'http://127.0.0.1:9/hooks/T012/plAnted-hook-4711?token=plAnted-query-4711';
const prompt = 'plAnted prompt of a client';
/** Of keys that no one has told Gantry about. */
const unknownKeys = ['hf_plAntedUnknown4711abcdef', 'xoxb-471147114711-plAntedslack'];

const half = Math.ceil(planted.VLLM_API_KEY.length / 2);
/** Lines as engines and their libraries print them. */
const lines = [
  `GET /v1?key=${encodeURIComponent(planted.VLLM_API_KEY)} HTTP/1.1`,
  `headers: {'authorization': 'Basic ${Buffer.from(`user:${planted.VLLM_API_KEY}`).toString('base64')}'}`,
  `body ${JSON.stringify({text: JSON.stringify({key: planted.DB_PASSWORD})})}`,
  `a line that is cut ${planted.VLLM_API_KEY.slice(0, half)}`,
  `${planted.VLLM_API_KEY.slice(half)} and goes on`,
  `using ${unknownKeys.join(' and ')}, ${planted.HTTPS_PROXY}, ${hookUrl}`,
  `Received request cmpl-1: prompt: '${prompt}', params: SamplingParams(n=1)`,
  `credentials ${planted.MY_CREDENTIALS} of ${planted.HF_TOKEN}`,
];

const encodedKey = Buffer.from(`user:${planted.VLLM_API_KEY}`).toString('base64').slice(8, 30);

/** What is left of a secret in a text; empty for none. */
function leaks(text: string): readonly string[] {
  return [...(text.match(/.{0,40}plAnted.{0,40}/g) ?? []), ...(text.includes(encodedKey) ? [encodedKey] : [])];
}

/** A text without the prompt where it shows the engine's own log: that has the prompts that its operator has it log. */
function ofTheLog(source: string | undefined, text: string): string {
  return source === 'logs' ? text.replaceAll(prompt, '') : text;
}

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

test('no planted secret is in anything that Gantry writes, shows or sends', async () => {
  const sent = path.join(home.directory, 'sent');
  home.configure(`hooks:
  - {on: ['*'], command: [/bin/sh, -c, 'cat >> "$1"', hook, ${sent}, --token, plAnted-argument-4711]}
  - {on: ['*'], url: '${hookUrl}'}`);
  await home.demo(['--speed', '400'], planted);
  const {engine} = await home.waitForState('ready');
  const log = engine.logPath ?? '';
  appendFileSync(log, `${lines.join('\n')}\n`);
  await eventually(
    async () => (await askSocket(home.socketPath, '/v1/log?tail=500')).text.includes('and goes on'),
    'the lines to be read',
  );
  process.kill(engine.pid ?? 0, 'SIGKILL');
  await home.untilEvent('the incident', ({code}) => code === 'incident.recorded');
  const console = home.open([], {columns: 200, rows: 60}, planted);
  await console.waitFor('the console', (text) => text.includes('SIMULATED'));
  console.write('L');

  const archive = path.join(home.directory, 'report.tar.gz');
  const report = await home.run(['report', '--output', archive], planted);
  expect(report.exitCode, report.stderr).toBe(0);
  const {stdout: inArchive} = await run('tar', ['xzOf', archive], {maxBuffer: 64 * 1024 * 1024});
  expect(inArchive).toContain('intention-begun');
  // Of the recorded environments: their values could be guessed with them.
  expect(inArchive).not.toMatch(/"(?:salt|digests)"/);
  const [key, journal] = ['digest-key', 'journal.jsonl'].map((name) =>
    readFileSync(path.join(home.directory, 'state', name), 'utf8').trim(),
  );
  expect(journal).toContain('"digests"');
  for (const text of [inArchive, journal]) expect(text).not.toContain(key);
  const shown = await Promise.all(
    [['status', '--json'], ['events', '--json'], ['logs'], ['config', '--json'], ['doctor', '--json']].map(
      async (words) => {
        const printed = await home.run(words, planted);
        expect(printed.stdout, `gantry ${words.join(' ')}: ${printed.stderr}`).not.toBe('');
        return ofTheLog(words[0], JSON.stringify(printed));
      },
    ),
  );
  const asked = ['/v1/snapshot', '/v1/log?tail=500', '/v1/events', '/metrics'].map(async (url) =>
    ofTheLog(url.startsWith('/v1/log') ? 'logs' : url, (await askSocket(home.socketPath, url)).text),
  );
  expect(leaks(inArchive)).toEqual([]);
  expect(leaks(shown.join('\n'))).toEqual([]);
  expect(leaks((await Promise.all(asked)).join('\n'))).toEqual([]);
  expect(leaks(ofTheLog('logs', console.raw()))).toEqual([]);
  expect(
    leaks(
      processesWith(home.directory)
        .map(commandOf)
        .filter((line) => !line.includes('/bin/sh -c cat'))
        .join('\n'),
    ),
  ).toEqual([]);
  console.write('q');
  await console.exit;

  const own = new Set([log, path.join(home.directory, 'config', 'gantry.yaml'), archive]);
  for (const {name, bytes, mode} of filesBelow(home.directory)) {
    // The engine reads its key from a file of its run, which only its user can read.
    const isKeyFile = path.basename(name) === 'api-key' && (mode & 0o077) === 0;
    if (!own.has(name) && !isKeyFile) expect(leaks(bytes.toString('latin1')), name).toEqual([]);
  }
  expect(readFileSync(sent, 'utf8')).toContain('incident.recorded');
  expect(snapshotSchema.parse(await home.snapshot()).simulated).toBe(true);
});

test('gantry diagnose shows no secret of a log that it reads', async () => {
  mkdirSync(path.join(home.directory, 'logs'));
  const file = path.join(home.directory, 'logs', 'engine.log');
  const cause = `ERROR 11-26 20:00:00 [core.py:1] ValueError: invalid api_key='plAnted-x' and ${unknownKeys[0]}`;
  writeFileSync(file, `INFO 11-26 20:00:00 [api_server.py:1] vLLM API server version 0.28.0\n${cause}\n`);
  const {stdout, stderr} = await home.run(['diagnose', file, '--json'], planted);
  expect(stdout).toContain("ValueError: invalid api_key='****' and ****");
  expect(leaks(stdout + stderr)).toEqual([]);
});
