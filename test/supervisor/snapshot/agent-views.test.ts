import {describe, expect, test} from 'vitest';
import type {AgentConfiguration} from '../../../src/samples/agent-configuration.ts';
import {absent} from '../../../src/samples/reading.ts';
import {agentViews} from '../../../src/supervisor/snapshot/agent-views.ts';

const served = {settings: {host: '10.0.0.7', port: 8000}, hostname: 'Node-1.example.com'};

function isConnected(endpoint: AgentConfiguration['endpoint'], at: Parameters<typeof agentViews>[1] = served) {
  const [view] = agentViews([{name: 'A', file: '/home/op/a.yaml', neededContextTokens: 64_000, endpoint}], at);
  expect(view).toMatchObject({name: 'A', file: '/home/op/a.yaml', neededContextTokens: 64_000});
  return view?.isConnected;
}

describe('an agent is connected', () => {
  test.each([
    'localhost',
    '127.0.0.1',
    '127.0.1.1',
    '::1',
    '::',
    '0.0.0.0',
    '10.0.0.7',
    'node-1',
    'node-1.example.com',
  ])('by %s and the port of the engine', (host) => {
    expect(isConnected({host, port: 8000})).toBe(true);
    expect(isConnected({host, port: 8001})).toBe(false);
    expect(isConnected({host, port: 8000}, {...served, settings: null})).toBe(false);
  });

  test.each(['', 'node-2', 'example.com', '127.0.0.1.example.com', '1127.0.0.1', '10.0.0.8'])('not by %j', (host) => {
    expect(isConnected({host, port: 8000})).toBe(false);
  });

  test('or not is unknown where its configuration does not say', () => {
    expect(isConnected(absent('no such file'))).toEqual({absent: 'no such file'});
  });
});
