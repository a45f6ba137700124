import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {ConfigurationRow} from '../../../src/api/configuration-view.ts';
import {hasLostFile} from '../../../src/cli/supervision/start-of-supervisor.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'lost-file-'));
  file = path.join(directory, 'gantry.yaml');
});
afterEach(() => rmSync(directory, {recursive: true}));

function supervisor(isInForce: boolean, origin: ConfigurationRow['origin'] = {from: 'default'}, followed = file) {
  const row: ConfigurationRow = {
    key: 'engine.port',
    value: 8001,
    origin,
    configured: null,
    isPending: false,
    overridden: null,
    effect: 'restart',
  };
  return {configuration: {file: followed, isInForce, values: [row]}, findings: []};
}

describe('the file of a command has disappeared', () => {
  test.each([
    ['the supervisor has found that out', () => supervisor(false), true],
    ['the supervisor still has its values', () => supervisor(true, {from: 'file', place: `${file}:1:10`}), true],
    ['there never was one', () => supervisor(true), false],
    ['the supervisor follows another file', () => supervisor(false, {from: 'default'}, '/etc/other.yaml'), false],
  ])('if %s', (_, running, isLost) => {
    expect(hasLostFile({configurationFile: file}, running())).toBe(isLost);
  });

  test('not while it is there', () => {
    writeFileSync(file, 'engine: {port: free}');
    expect(hasLostFile({configurationFile: file}, supervisor(false))).toBe(false);
  });
});
