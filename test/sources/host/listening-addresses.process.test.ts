import {createServer, type Server} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {findListeningAddresses} from '../../../src/sources/host/listening-addresses.ts';

async function listen(host: string, port = 0): Promise<number> {
  const server: Server = createServer();
  onTestFinished(() => void server.close());
  const place = host === '::' ? {host, port, ipv6Only: true} : {host, port};
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return address.port;
}

test.each(['127.0.0.1', '127.0.0.3', '0.0.0.0', '::1', '::'])(
  'a listener on %s is found with that address',
  async (host) => {
    const port = await listen(host);
    expect(await findListeningAddresses(port, [process.pid])).toEqual([host]);
  },
);

test('of several listeners on a port, those of the processes count; the widest comes first', async () => {
  const port = await listen('127.0.0.1');
  await listen('127.0.0.2', port);
  await listen('::', port);
  expect(await findListeningAddresses(port, [process.pid])).toEqual(['::', '127.0.0.1', '127.0.0.2']);
  // None of them is seen to be theirs: a forwarder in front of a container.
  expect(await findListeningAddresses(port, [1])).toEqual(['::', '127.0.0.1', '127.0.0.2']);
  expect(await findListeningAddresses(port, [])).toEqual(['::', '127.0.0.1', '127.0.0.2']);
});

test('a port without a listener has none', async () => {
  const port = await listen('127.0.0.1');
  expect(await findListeningAddresses(port === 1 ? 2 : 1, [process.pid])).toEqual([]);
});
