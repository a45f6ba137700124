import {describe, expect, test} from 'vitest';
import {type ConfigurationInput, configurationSchema} from '../../../src/config/configuration.ts';
import {loadConfiguration} from '../../../src/config/load-configuration.ts';
import {toMetricsAddress} from '../../../src/config/schema/metrics-schema.ts';

const addressOf = (listen?: string | number | null) =>
  toMetricsAddress(configurationSchema.parse({metrics: {listen}} satisfies ConfigurationInput));

test('metrics are served on the socket alone unless an address is given', () => {
  expect(addressOf()).toBeNull();
  expect(addressOf(null)).toBeNull();
});

test.each([
  [9_464, '127.0.0.1', 9_464],
  ['9464', '127.0.0.1', 9_464],
  ['localhost:1', '127.0.0.1', 1],
  ['0.0.0.0:65535', '0.0.0.0', 65_535],
  ['10.1.2.3:9464', '10.1.2.3', 9_464],
  ['[::1]:9464', '::1', 9_464],
  ['[::]:9464', '::', 9_464],
])('%s is an address', (text, host, port) => {
  expect(addressOf(text)).toEqual({host, port});
});

describe('anything else is refused', () => {
  test.each([
    ['0.0.0.0:99999'],
    ['0.0.0.0:0'],
    [0],
    [9_464.5],
    [-1],
    [''],
    [':9464'],
    ['127.0.0.1'],
    ['127.0.0.1:'],
    ['127.0.0.1:9464/metrics'],
    ['http://127.0.0.1:9464'],
    ['::1:9464'],
    ['[127.0.0.1]:9464'],
    ['1.2.3:9464'],
    ['999.0.0.1:9464'],
    ['example.com:9464'],
    ['127.0.0.1:09464'],
    ['127.0.0.1:9464\n'],
  ])('%j', (listen) => {
    expect(configurationSchema.safeParse({metrics: {listen}}).success).toBe(false);
  });
});

test('the error has the variable, the value and the forms that are accepted', async () => {
  const loaded = await loadConfiguration({
    configDir: '/nonexistent',
    env: {GANTRY_METRICS_LISTEN: '0.0.0.0:99999'},
  });
  expect(loaded.ok ? '' : loaded.error.message).toContain(
    'GANTRY_METRICS_LISTEN is "0.0.0.0:99999", but a port from 1 to 65535',
  );
});
