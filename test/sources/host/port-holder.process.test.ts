import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {connect, createServer, type Server} from 'node:net';
import {afterEach, describe, expect, test} from 'vitest';
import {findOtherListener, findPortHolder, listeningSockets} from '../../../src/sources/host/port-holder.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F40 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
`;

test('only sockets that listen on the port count', () => {
  expect(listeningSockets(table, 8000).map(({inode}) => inode)).toEqual(['4711']);
  expect(listeningSockets(table, 22).map(({inode}) => inode)).toEqual(['4713']);
  expect(listeningSockets(table, 8001).map(({inode}) => inode)).toEqual([]);
});

let server: Server | null = null;
let end: () => void = () => undefined;

afterEach(async () => {
  end();
  end = () => undefined;
  const open = server;
  server = null;
  if (open !== null) await new Promise((resolve) => open.close(resolve));
});

async function listen(host: string): Promise<number> {
  const opened = createServer((socket) => socket.on('error', () => socket.destroy()));
  server = opened;
  opened.listen(0, host);
  await once(opened, 'listening');
  const address = opened.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

test.each(['127.0.0.1', '0.0.0.0', '::1', '::'])(
  'the holder of a port on %s is found by pid and command',
  async (host) => {
    const holder = await findPortHolder(await listen(host));
    expect(holder?.pid).toBe(process.pid);
    expect(holder?.command).toContain('node');
  },
);

test('the holder is the process that listens, whoever started it', async () => {
  const program = "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', program, 'an argument'], {stdio: ['ignore', 'pipe', 'ignore']});
  end = () => child.kill('SIGKILL');
  const [line] = await once(child.stdout, 'data');
  const holder = await findPortHolder(Number(String(line)));
  expect(holder?.pid).toBe(child.pid);
  expect(holder?.command).toMatch(/^\S+ -e .* an argument$/);
});

test('a connection to the port does not make its client the holder', async () => {
  const port = await listen('127.0.0.1');
  const client = connect(port, '127.0.0.1');
  end = () => client.destroy();
  await once(client, 'connect');
  const clientPort = client.localPort ?? 0;
  expect(await findPortHolder(clientPort)).toBeNull();
  expect((await findPortHolder(port))?.pid).toBe(process.pid);
});

test('a port that nobody listens on has no holder', async () => {
  const port = await listen('127.0.0.1');
  const open = server;
  server = null;
  await new Promise((resolve) => open?.close(resolve));
  expect(await findPortHolder(port)).toBeNull();
});

test.each([
  ['', []],
  ['no table\nat all\n', []],
  ['   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000\n', []],
  ['  sl  local_address\n   0: 00000000000000000000000001000000:1F40 0:0 0A 0:0 0:0 0 1000 0 99 1\n', ['99']],
])('ignores a table of another format: %j', (text, inodes) => {
  expect(listeningSockets(text, 8000).map(({inode}) => inode)).toEqual(inodes);
});

describe('another listener on a port', () => {
  test('is a process that is not among these', async () => {
    const port = await listen('127.0.0.1');
    const idle = spawn('sleep', ['60'], {stdio: 'ignore'});
    end = () => idle.kill('SIGKILL');
    await once(idle, 'spawn');
    const pid = idle.pid ?? 0;
    expect(await findOtherListener(port, [pid])).toMatchObject({holder: {pid: process.pid}});
    expect(await findOtherListener(port, [pid, process.pid])).toBeNull();
    // A process that has ended meanwhile holds nothing, and changes nothing.
    expect(await findOtherListener(port, [pid, 2 ** 22 + 1])).toMatchObject({holder: {pid: process.pid}});
  });

  test('is none where the processes are unknown, or nothing listens', async () => {
    const port = await listen('127.0.0.1');
    expect(await findOtherListener(port, [])).toBeNull();
    const open = server;
    server = null;
    await new Promise((resolve) => open?.close(resolve));
    expect(await findOtherListener(port, [process.pid])).toBeNull();
  });
});
