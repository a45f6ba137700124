import {describe, expect, test} from 'vitest';
import {buildEvents} from '../../support/build-events.ts';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';
import {configuredValues} from '../../support/configured-values.ts';
import {pictureOf} from '../draw.ts';

const file = '/home/op/.config/gantry/gantry.yaml';
const configured = (values = configuredValues(file)) =>
  buildConsoleData({snapshot: buildSnapshot({configuration: {file, isInForce: true, values}}), events: buildEvents()});

describe('request sizes', () => {
  test('have quantiles, the part of the context, and when slow first tokens are reported', () => {
    const picture = pictureOf('request-sizes', configured(), {columns: 60, rows: 8});
    expect(picture).toMatch(/prompt +~4,100 tok +~22k tok +~61k tok/);
    expect(picture).toContain('p99 of prompt and answer ~25 % of context');
    expect(picture).toContain('warning below 95 % of first tokens within 2 s');
  });
});

describe('settings', () => {
  test('each has its origin; those of the engine come first', () => {
    const picture = pictureOf('settings', configured(), {columns: 110, rows: 40});
    expect(picture).toMatch(/model +moonshotai\/Kimi-K2\.7-Code +gantry\.yaml:2:3/);
    expect(picture).toMatch(/port +8000 +GANTRY_ENGINE_PORT/);
    expect(picture).toMatch(/memoryFraction +0\.92 +the fix of vllm\.kv-cache-too-small/);
    expect(picture.indexOf('extraArguments')).toBeLessThan(picture.indexOf('cost.nodeUsdPerHour'));
    expect(picture).toMatch(/\d+ more: /);
  });

  test('with few rows, those that were set are shown', () => {
    const picture = pictureOf('settings', configured(), {columns: 96, rows: 4});
    expect(picture).toContain('contextLengthTokens');
    expect(picture).not.toContain('default');
  });

  test('what the next start changes is shown', () => {
    const values = configuredValues(file).map((row) =>
      row.key === 'engine.port'
        ? {...row, isPending: true, configured: {value: 8001, origin: {from: 'file', place: `${file}:9:3`} as const}}
        : row,
    );
    expect(pictureOf('settings', configured(values), {columns: 96, rows: 4})).toMatch(/port +8000 +next start: 8001/);
  });
});

test('starts have the versions, the usual duration, and what happened to the engine, newest first', () => {
  const picture = pictureOf('starts', configured(), {columns: 110, rows: 20});
  expect(picture).toContain('vLLM 0.21.0 · driver 570.86.15 · CUDA 12.8 · Gantry 0.1.0');
  expect(picture).toContain('this one took 9m 00s · usual start ~9m 00s, median of 3 starts');
  expect(picture.indexOf('Automatic restart 1 of 5')).toBeLessThan(picture.indexOf('exited unexpectedly'));
  expect(picture).not.toContain('GPU 3 is at 89 degrees');
});
