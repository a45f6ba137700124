import {once} from 'node:events';
import {Agent, createServer, IncomingMessage, request} from 'node:http';
import {connect} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {z} from 'zod';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import {createMetricsListener} from '../../../../src/supervisor/server/metrics/metrics-listener.ts';
import {eventually} from '../../../harness/eventually.ts';
import {reservePort} from '../../../harness/ports.ts';

const host = '127.0.0.1';

function startListener(text: () => Promise<string> = async () => 'gantry_simulated 1\n') {
  const findings: Finding[] = [];
  const bugs: unknown[] = [];
  const listener = createMetricsListener({
    text,
    retryMs: 20,
    onBug: (error) => bugs.push(error),
    onFinding: (finding) => findings.splice(0, findings.length, finding),
    onFindingOver: () => findings.splice(0),
  });
  onTestFinished(() => listener.close());
  return {...listener, findings, bugs};
}

/** The status of the page there; null while nothing answers. */
async function statusOf(port: number, path = '/metrics', method = 'GET'): Promise<number | null> {
  try {
    const response = await fetch(`http://${host}:${port}${path}`, {method});
    await response.arrayBuffer();
    return response.status;
  } catch {
    return null;
  }
}

test('serves the metrics to reading requests, and nothing else', async () => {
  const port = await reservePort();
  const {use} = startListener();
  use({host, port});
  await eventually(async () => (await statusOf(port)) === 200, 'the page');
  const response = await fetch(`http://${host}:${port}/metrics?from=prometheus`);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await response.text()).toBe('gantry_simulated 1\n');
  expect(await statusOf(port, '/metrics', 'HEAD')).toBe(200);
  for (const path of ['/v1/snapshot', '/v1/commands', '/', '/metrics/', '//metrics', '/%6detrics'])
    expect([path, await statusOf(port, path)]).toEqual([path, 404]);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect(await statusOf(port, '/metrics', method)).toBe(405);
});

test('a scraper keeps its connection; one that sends a body, which could hold another request, does not', async () => {
  const port = await reservePort();
  const {use} = startListener();
  use({host, port});
  await eventually(async () => (await statusOf(port)) === 200, 'the page');
  const agent = new Agent({keepAlive: true, maxSockets: 1});
  onTestFinished(() => agent.destroy());
  const ask = async (body?: string) => {
    const sent = request({host, port, path: '/metrics', agent, headers: {'content-length': body?.length ?? 0}});
    const [response] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(sent.end(body), 'response'));
    await response.resume().toArray();
    return {connection: response.headers.connection, isReused: sent.reusedSocket};
  };
  expect(await ask()).toEqual({connection: 'keep-alive', isReused: false});
  expect(await ask()).toEqual({connection: 'keep-alive', isReused: true});
  expect(await ask('GET /metrics HTTP/1.1\r\n\r\n')).toMatchObject({connection: 'close'});
});

test('an address in use is a finding, and is served when it is free', async () => {
  const port = await reservePort();
  const other = createServer((_request, response) => response.writeHead(418).end());
  other.listen(port, host);
  await once(other, 'listening');
  const {use, findings} = startListener();
  use({host, port});
  const finding = await eventually(() => findings[0] ?? null, 'the finding');
  expect(finding).toMatchObject({code: 'supervisor.metrics-not-served', severity: 'warning'});
  expect(finding.message).toContain(`http://${host}:${port}/metrics: another program listens there`);
  other.close();
  other.closeAllConnections();
  await eventually(async () => (await statusOf(port)) === 200, 'the page');
  expect(findings).toEqual([]);
});

test('follows the configuration: another port, the same port on another address, none', async () => {
  const [port, next] = [await reservePort(), await reservePort()];
  const {use, findings} = startListener();
  use({host, port});
  use({host, port: next});
  await eventually(async () => (await statusOf(next)) === 200, 'the page at the second port');
  expect(await statusOf(port)).toBeNull();
  use({host: '0.0.0.0', port: next});
  await eventually(async () => (await statusOf(next)) === 200, 'the page on all addresses');
  use({host: '192.0.2.1', port});
  expect((await eventually(() => findings[0] ?? null, 'the finding')).message).toContain('does not have that address');
  use(null);
  await eventually(() => findings.length === 0, 'no finding');
  expect([await statusOf(port), await statusOf(next)]).toEqual([null, null]);
});

test('idle connections do not keep a scraper out, and none lasts when it closes', async () => {
  const port = await reservePort();
  const {use, close} = startListener();
  use({host, port});
  await eventually(async () => (await statusOf(port)) === 200, 'the page');
  let open = 0;
  for (let count = 0; count < 200; count += 1) {
    const socket = connect(port, host, () => (open += 1));
    socket.on('error', () => undefined);
    socket.on('close', () => (open -= 1));
    onTestFinished(() => void socket.destroy());
  }
  expect(await statusOf(port)).toBe(200);
  await eventually(
    () => open > 0 && open <= 32,
    () => `at most 32 connections, not ${open}`,
  );
  await close();
  await eventually(() => open === 0, 'the end of all connections');
  expect(await statusOf(port)).toBeNull();
});

test('a page that cannot be made is an error of that scrape alone', async () => {
  const port = await reservePort();
  let isBroken = true;
  const {use, bugs} = startListener(async () => {
    if (isBroken) throw new Error('no snapshot');
    return 'gantry_simulated 1\n';
  });
  use({host, port});
  await eventually(async () => (await statusOf(port)) === 500, 'the error');
  expect(bugs).toContainEqual(new Error('no snapshot'));
  isBroken = false;
  expect(await statusOf(port)).toBe(200);
});
