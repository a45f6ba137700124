import {expect, test} from 'vitest';
import {quickCommand} from '../../../src/cli/quick/quick-command.ts';

test.each([
  ['', {name: 'console', isJson: false, isReadOnly: false}],
  ['--read-only', {name: 'console', isJson: false, isReadOnly: true}],
  ['status', {name: 'status', isJson: false}],
  ['status --json', {name: 'status', isJson: true}],
  ['--json status', {name: 'status', isJson: true}],
  ['logs', {name: 'logs', isJson: false, lines: 200}],
  ['logs --json', {name: 'logs', isJson: true, lines: 200}],
])('"%s" needs no parser of the command line', (line, command) => {
  expect(quickCommand(line === '' ? [] : line.split(' '))).toEqual(command);
});

test.each([
  '--json',
  '--read-only --json',
  '--read-only --ascii',
  '--ascii',
  'status --watch',
  'status --json --watch',
  'status --json --json',
  '--json status --json',
  'status extra',
  'status --config file',
  '--config file status',
  'logs -f',
  'logs -n 5',
  'logs --jsonn',
  'gpus',
  'Status',
])('"%s" is left to the parser', (line) => {
  expect(quickCommand(line.split(' '))).toBeNull();
});
