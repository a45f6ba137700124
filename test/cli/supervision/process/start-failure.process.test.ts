import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {afterEach, expect, test} from 'vitest';
import {listenForStartFailure} from '../../../../src/cli/supervision/process/start-failure.ts';

const module = fileURLToPath(new URL('../../../../src/cli/supervision/process/start-failure.ts', import.meta.url));
const error = {code: 'state.unusable', message: 'The disk is full.', remedy: 'Free space.'};
let child: ChildProcess;

function start(script: string, channel: 'ipc' | 'ignore' = 'ipc'): ChildProcess {
  child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'inherit', channel],
  });
  return child;
}

const saying = (value: unknown) =>
  `import {reportStartFailure} from ${JSON.stringify(module)}; await reportStartFailure(${JSON.stringify(value)});`;

afterEach(() => child.kill('SIGKILL'));

test('the command learns why the supervisor that it started does not start, also after its exit', async () => {
  const listener = listenForStartFailure(start(saying(error)));
  const [status] = await once(child, 'exit');
  expect(status).toBe(0);
  expect(await listener.reason()).toEqual(error);
  listener.close();
});

test('one that exits silently, or prints something else, gave no reason', async () => {
  const silent = listenForStartFailure(start(''));
  await once(child, 'exit');
  expect(await silent.reason()).toBeNull();
  const other = listenForStartFailure(start(`process.send({hello: 1}, () => process.disconnect());`));
  await once(child, 'exit');
  expect(await other.reason()).toBeNull();
});

test('without a channel, as under systemd, nothing is sent and nothing fails', async () => {
  start(saying(error), 'ignore');
  expect((await once(child, 'exit'))[0]).toBe(0);
});

test('a supervisor keeps running when the command that started it closes the channel', async () => {
  start("process.send('up'); process.on('disconnect', () => setTimeout(() => process.exit(7), 50));");
  const listener = listenForStartFailure(child);
  await once(child, 'message');
  listener.close();
  expect((await once(child, 'exit'))[0]).toBe(7);
});
