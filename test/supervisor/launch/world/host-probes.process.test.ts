import {chmod, readdir} from 'node:fs/promises';
import path from 'node:path';
import {expect, test} from 'vitest';
import {portCheck} from '../../../../src/supervisor/launch/checks/check-port.ts';
import {findPortProblem, findWriteProblem} from '../../../../src/supervisor/launch/world/host-probes.ts';
import {guideSettings} from '../../../engines/vllm/test-settings.ts';
import {serveTcp} from '../../../harness/servers.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';

/** The code of what is said of a port on loopback, where an engine that will be stopped has this endpoint. */
async function codeOf(port: number, held: {host: string; port: number} | null = null): Promise<string | undefined> {
  const settings = guideSettings({host: '127.0.0.1', port});
  const replaced =
    held === null
      ? null
      : {endpoint: held, pids: new Set<number>(), gpuIndexes: null, gpuCount: 8, isMemorySteady: true};
  return (await portCheck(settings, replaced, {findPortProblem})).finding?.code;
}

test('the engine that will be stopped frees only its own endpoint', async () => {
  const {port} = await serveTcp(() => undefined);
  expect(await codeOf(port, {host: '127.0.0.1', port})).toBeUndefined();
  expect(await codeOf(port, {host: '10.0.0.1', port})).toBe('preflight.port-in-use');
  expect(await codeOf(port, {host: '127.0.0.1', port: port + 1})).toBe('preflight.port-in-use');
  expect(await codeOf(port)).toBe('preflight.port-in-use');
});

test('the process that listens on a port is reported, and a closed port is free', async () => {
  const server = await serveTcp(() => undefined);
  expect(await findPortProblem('127.0.0.1', server.port)).toMatchObject({
    code: 'EADDRINUSE',
    holder: {pid: process.pid},
  });
  await server.close();
  expect(await findPortProblem('127.0.0.1', server.port)).toBeNull();
});

test('concurrent judgements of the same port do not block each other', async () => {
  const {port, close} = await serveTcp(() => undefined);
  await close();
  const found = await Promise.all(Array.from({length: 8}, () => findPortProblem('127.0.0.1', port)));
  expect(found.filter((problem) => problem !== null)).toEqual([]);
});

test('an address of another host cannot be listened on', async () => {
  expect(await findPortProblem('203.0.113.7', 8000)).toMatchObject({code: 'EADDRNOTAVAIL', holder: null});
});

test('a directory is checked by writing to it, and left unchanged', async () => {
  const directory = temporaryDirectory();
  expect(await findWriteProblem(directory)).toBeNull();
  expect(await readdir(directory)).toEqual([]);
  expect(await findWriteProblem(path.join(directory, 'none'))).toContain('ENOENT');
  await chmod(directory, 0o500);
  // Nothing is forbidden to root.
  if (process.getuid?.() !== 0) expect(await findWriteProblem(directory)).toContain('EACCES');
  await chmod(directory, 0o700);
});
