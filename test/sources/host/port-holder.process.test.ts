import {createServer} from 'node:net';
import {expect, test} from 'vitest';
import {findPortHolder, listeningInodes} from '../../../src/sources/host/port-holder.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F40 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
`;

test('only sockets that listen on the port count', () => {
  expect(listeningInodes(table, 8000)).toEqual(['4711']);
  expect(listeningInodes(table, 22)).toEqual(['4713']);
  expect(listeningInodes(table, 8001)).toEqual([]);
});

test('the holder of a port is found by pid and command line', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  try {
    const holder = await findPortHolder(port);
    expect(holder?.pid).toBe(process.pid);
    expect(holder?.command).toContain('node');
  } finally {
    server.close();
  }
});
