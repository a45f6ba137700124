import {expect, test} from 'vitest';
import type {ConfigurationRow} from '../../../src/api/configuration-view.ts';
import {differsFindings} from '../../../src/supervisor/configuration/configuration-findings.ts';
import {asciiGlyphs} from '../../../src/views/glyphs.ts';
import {plainLines} from '../../../src/views/plan/text-lines.ts';
import {configurationTextRows, type ShownConfiguration} from '../../../src/views/text/configuration-text.ts';

const file = '/etc/gantry.yaml';
const plain: Omit<ConfigurationRow, 'key' | 'value'> = {
  origin: {from: 'default'},
  configured: null,
  isPending: false,
  overridden: null,
  effect: 'now',
};

function textOf(values: readonly ConfigurationRow[], shown: Partial<ShownConfiguration> = {}, columns = 80): string {
  const configuration = {file, isInForce: true, values: [...values]};
  const all = {
    supervisorPid: 42,
    simulated: false,
    isEngineRunning: true,
    fileExists: true,
    configuration,
    findings: [],
    ...shown,
  };
  return plainLines(configurationTextRows(all, {columns, glyphs: asciiGlyphs}));
}

const rows: readonly ConfigurationRow[] = [
  {...plain, key: 'engine.port', value: 8001, origin: {from: 'environment', variable: 'GANTRY_ENGINE_PORT'}},
  {
    ...plain,
    key: 'engine.contextLengthTokens',
    value: 65_536,
    origin: {from: 'flag', flag: '--context'},
    configured: {value: 131_072, origin: {from: 'file', place: `${file}:3:9`}},
    isPending: true,
    effect: 'restart',
  },
  {...plain, key: 'engine.extraArguments', value: ['--api-key', '****']},
  {
    ...plain,
    key: 'cost.nodeUsdPerHour',
    value: 20,
    origin: {from: 'environment', variable: 'GANTRY_COST_NODE_USD_PER_HOUR'},
    overridden: {value: 28.8, place: `${file}:7:3`},
  },
  {...plain, key: 'restart.hangMinutes', value: null},
  {...plain, key: 'hooks', value: ['engine.failed: command'], origin: {from: 'file', place: '/other.yaml:1:1'}},
];

test('every key has its value, its origin, and what the next start or the file says instead', () => {
  expect(`\n${textOf(rows)}\n`).toMatchInlineSnapshot(`
    "
    /etc/gantry.yaml
    In force in the supervisor (pid 42); settings of the engine are those it runs
    with.

    engine
      port                 8001                       GANTRY_ENGINE_PORT
      contextLengthTokens  65,536                     --context
                           next start: 131,072 (gantry.yaml:3:9)
      extraArguments       --api-key ****             default

    cost
      nodeUsdPerHour       20                         GANTRY_COST_NODE_USD_PER_HOUR
                           not used: 28.8 (gantry.yaml:7:3)

    restart
      hangMinutes          not set                    default

    hooks                  engine.failed: command     /other.yaml:1:1

    1 value will change at the next start of the engine. Run
    gantry restart --dry-run to see the effect.
    "
  `);
});

test('in few columns the origin is below the value', () => {
  const text = textOf([{...plain, key: 'nvidiaSmi.path', value: `/opt/${'x'.repeat(60)}`}], {}, 60);
  expect(
    text
      .split('\n')
      .slice(-3)
      .map((line) => line.trim()),
  ).toEqual([expect.stringContaining('/opt/xxx'), expect.stringMatching(/^x+$/), 'default']);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
});

test('the heading says whose configuration it is, and whether the file can be used', () => {
  const configuration = {file, isInForce: false, values: [...rows]};
  expect(textOf(rows, {configuration})).toContain('its last valid version is in force');
  expect(textOf(rows)).not.toContain('last valid');
  expect(textOf(rows, {supervisorPid: null, isEngineRunning: false})).toContain(
    'No supervisor is running: what a new one',
  );
  expect(textOf(rows, {supervisorPid: null})).toContain('settings of the running engine, and what a new one');
  expect(textOf(rows, {simulated: true}).split('\n')[0]).toBe('SIMULATED');
  expect(textOf(rows)).not.toContain('SIMULATED');
});

test('control characters of a value do not reach the terminal', () => {
  expect(textOf([{...plain, key: 'engine.model', value: 'a\u001b[31mb'}])).not.toContain('\u001b');
});

test('a pending value has the remedy of the finding about it: a restart that would be refused is not recommended', () => {
  const [refused] = differsFindings(rows);
  if (refused === undefined) throw new Error('no value is pending');
  const text = textOf(rows, {findings: [{...refused, remedy: 'It does not fit.'}]});
  expect(text.split('\n').at(-1)).toMatch(/ It does not fit\.$/);
});
