import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, onTestFinished, test} from 'vitest';
import type {Event} from '../../../src/api/event-schema.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {Hook} from '../../../src/supervisor/hooks/hook.ts';
import {createHookRunner, type HookRunner, MAX_WAITING_EVENTS} from '../../../src/supervisor/hooks/hook-runner.ts';
import {eventually} from '../../harness/eventually.ts';
import {writeExecutable} from '../../harness/executable.ts';
import {reservePort} from '../../harness/ports.ts';
import {processesWith} from '../../harness/processes.ts';
import {serveHttp} from '../../harness/servers.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildEvent} from '../../support/build-event.ts';

let directory: string;
let findings: Finding[];
let over: string[];

beforeEach(() => {
  directory = temporaryDirectory('hooks');
  findings = [];
  over = [];
});

function start(...hooks: readonly Partial<Hook>[]): HookRunner {
  const runner = createHookRunner({
    hooks: hooks.map((hook) => ({on: ['*'], command: null, url: null, timeoutMs: 5_000, ...hook})),
    // Whatever a hook starts is known by it.
    environment: {...process.env, GANTRY_TEST_HOOKS: directory},
    version: '1.2.3',
    onFinding: (finding) => findings.push(finding),
    onFindingOver: (code) => over.push(code),
  });
  onTestFinished(() => runner.close());
  return runner;
}

/** A program that runs this shell text; the hook itself has no shell between. */
function script(text: string): string[] {
  return [writeExecutable(path.join(directory, `script-${Math.random()}.sh`), text)];
}

type Request = {readonly method: string | undefined; readonly type: string | undefined; readonly body: string};

/** A local HTTP server; `answer` gives the status, null for never. */
async function serve(answer: (count: number) => number | null): Promise<{url: string; requests: Request[]}> {
  const requests: Request[] = [];
  const {baseUrl} = await serveHttp((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({method: request.method, type: request.headers['content-type'], body});
      const status = answer(requests.length);
      if (status !== null) response.writeHead(status, {location: 'http://127.0.0.1:1/elsewhere'}).end('ignored');
    });
  });
  return {url: `${baseUrl}/hook?token=planted-secret`, requests};
}

test('a command gets the event as JSON on its standard input, and its arguments unchanged', async () => {
  const file = path.join(directory, 'out');
  const hooks = start({command: [...script(`cat > "$1"; printf %s "$2" >> "$1"`), file, '$(rm -rf /); *']});
  hooks.dispatch(buildEvent({id: 7, code: 'engine.exited'}));
  await eventually(() => over.length > 0, 'the command to end');
  const [line, word] = readFileSync(file, 'utf8').split('\n');
  expect(JSON.parse(line ?? '')).toEqual(buildEvent({id: 7, code: 'engine.exited'}));
  expect(word).toBe('$(rm -rf /); *');
  expect(findings).toEqual([]);
});

test('only events of its codes reach a hook, one after the other', async () => {
  const file = path.join(directory, 'out');
  const hooks = start({on: ['engine.*', 'supervisor.exited'], command: [...script('cat >> "$1"'), file]});
  const codes = [
    'engine.ready',
    'finding.appeared',
    'engine.exited',
    'supervisor.exited',
    'supervisor.started',
    'xengine.a',
  ];
  for (const code of codes) hooks.dispatch(buildEvent({code}));
  await hooks.close();
  const seen = readFileSync(file, 'utf8').trim().split('\n');
  expect(seen.map((line) => JSON.parse(line).code)).toEqual(['engine.ready', 'engine.exited', 'supervisor.exited']);
});

test('a webhook gets the event as the body of a POST', async () => {
  const {url, requests} = await serve(() => 204);
  start({url}).dispatch(buildEvent());
  await eventually(() => over.length > 0, 'the answer');
  expect(requests).toEqual([{method: 'POST', type: 'application/json', body: JSON.stringify(buildEvent())}]);
});

test('a failing command and a missing program are findings until they work again', async () => {
  const flag = path.join(directory, 'works');
  const hooks = start({command: [...script('test -e "$1"'), flag]}, {command: ['/nowhere/to/be/found']});
  hooks.dispatch(buildEvent());
  await eventually(() => findings.length === 2, 'two findings');
  const [first, second] = findings.toSorted((a, b) => a.code.localeCompare(b.code));
  expect(first).toMatchObject({code: 'hooks.failed-1', message: expect.stringContaining('exited with code 1')});
  expect(second).toMatchObject({code: 'hooks.failed-2', message: expect.stringContaining('ENOENT')});
  writeFileSync(flag, '');
  hooks.dispatch(buildEvent());
  await eventually(() => over.includes('hooks.failed-1'), 'the first to work');
});

test('a webhook that answers with an error, redirects or is unreachable is a finding without its secrets', async () => {
  const statuses = [500, 302];
  const {url, requests} = await serve((count) => statuses[count - 1] ?? 200);
  const port = await reservePort();
  const hooks = start({url}, {url: `http://127.0.0.1:${port}/hook?token=planted-secret`});
  hooks.dispatch(buildEvent());
  hooks.dispatch(buildEvent());
  await eventually(() => findings.length === 4, 'four findings');
  const messages = findings.map(({message}) => message).join('\n');
  expect(messages).toContain('it answered with status 500');
  expect(messages).toContain('it answered with status 302');
  expect(messages).toContain(`(http://127.0.0.1:${port}) failed on engine.ready: ECONNREFUSED`);
  expect(messages).not.toContain('planted');
  expect(requests).toHaveLength(2);
});

test('a hanging command is killed with its child processes after its time limit', async () => {
  const hooks = start({timeoutMs: 1_000, command: script('trap "" TERM; sleep 600 & wait; sleep 600')});
  hooks.dispatch(buildEvent());
  await eventually(() => findings.length === 1, 'the finding');
  expect(findings[0]?.message).toContain('not finished after 1 s');
  await eventually(() => processesWith(directory).length === 0, 'all that it started to end');
});

test('a hanging webhook times out', async () => {
  const {url} = await serve(() => null);
  start({url, timeoutMs: 200}).dispatch(buildEvent());
  await eventually(() => findings.length === 1, 'the finding');
  expect(findings[0]?.message).toContain('no answer after 0.2 s');
});

test('while one hangs, its queue is limited, dropped events are counted, and other hooks continue', async () => {
  const {url, requests} = await serve(() => 200);
  const hooks = start({command: ['sleep', '600'], timeoutMs: 600_000}, {url});
  const events = Array.from({length: MAX_WAITING_EVENTS + 4}, (_, index): Event => buildEvent({id: index}));
  for (const event of events.slice(0, MAX_WAITING_EVENTS + 1)) hooks.dispatch(event);
  expect(findings).toEqual([]);
  await eventually(() => requests.length === MAX_WAITING_EVENTS + 1, 'the other hook to have had them all');
  for (const event of events.slice(MAX_WAITING_EVENTS + 1)) hooks.dispatch(event);
  expect(findings.at(-1)).toMatchObject({code: 'hooks.dropped-1', message: expect.stringContaining('3 were dropped')});
  // Long before the ten minutes that the command would take.
  await hooks.close();
  expect(processesWith(directory)).toEqual([]);
});

test('a hook that is removed gets no event any more; one that only moves up keeps what waits for it', async () => {
  const answers = Promise.withResolvers<void>();
  const seen: string[] = [];
  const {baseUrl} = await serveHttp((request, response) => {
    seen.push(request.url ?? '');
    request.resume();
    void answers.promise.then(() => response.writeHead(204).end());
  });
  const [gone, stays] = [`${baseUrl}/gone`, `${baseUrl}/stays`];
  const hooks = start({url: gone}, {url: stays});
  for (const id of [1, 2, 3]) hooks.dispatch(buildEvent({id}));
  await eventually(() => seen.length === 2, 'the first event in both');
  hooks.replace([{on: ['*'], command: null, url: stays, timeoutMs: 5_000}]);
  answers.resolve();
  await eventually(() => seen.filter((url) => url === '/stays').length === 3, 'the rest');
  await hooks.close();
  expect(seen.filter((url) => url === '/gone')).toHaveLength(1);
  expect(over).toEqual(expect.arrayContaining(['hooks.failed-1', 'hooks.failed-2']));
});

test('a hook does not get the event of its own failure', async () => {
  const hooks = start({command: ['false']});
  hooks.dispatch(buildEvent({code: 'finding.appeared', details: {finding: 'hooks.failed-1'}}));
  await hooks.close();
  expect(findings).toEqual([]);
});
