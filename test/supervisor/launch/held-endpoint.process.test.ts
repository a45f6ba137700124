import {createServer, type Server} from 'node:net';
import {afterEach, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {ok} from '../../../src/shared/result.ts';
import type {Installation} from '../../../src/supervisor/launch/installed-engines.ts';
import {findBlockers, type HeldEndpoint} from '../../../src/supervisor/launch/preflight.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';

let server: Server | null = null;
afterEach(async () => {
  const open = server;
  server = null;
  if (open !== null) await new Promise((resolve) => open.close(resolve));
});

function listen(): Promise<number> {
  return new Promise((resolve) => {
    const opened = createServer();
    server = opened;
    opened.listen(0, '127.0.0.1', () => {
      const address = opened.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

const findInstallation = (): Promise<Installation> =>
  Promise.resolve(
    ok({kind: 'program', path: '/opt/vllm', foundBy: 'PATH', version: '0.28.0', versionSource: 'a test'} as const),
  );

async function codes(port: number, held?: HeldEndpoint): Promise<readonly string[]> {
  const settings = guideSettings({host: '127.0.0.1', port});
  const blockers = await findBlockers({
    settings,
    force: false,
    plan: absent('no card'),
    gpuFindings: [],
    ...(held === undefined ? {} : {held}),
    findInstallation,
  });
  return blockers.map(({code}) => code);
}

test('the engine that will be stopped frees its own endpoint, and no other one', async () => {
  const port = await listen();
  expect(await codes(port, {host: '127.0.0.1', port})).toEqual([]);
  expect(await codes(port, {host: '10.0.0.1', port})).toEqual(['preflight.port-in-use']);
  expect(await codes(port, {host: '127.0.0.1', port: port + 1})).toEqual(['preflight.port-in-use']);
  expect(await codes(port)).toEqual(['preflight.port-in-use']);
});
