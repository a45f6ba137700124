import {expect, test} from 'vitest';
import {ok} from '../../../src/shared/result.ts';
import {createLogHub} from '../../../src/supervisor/watch/log-hub.ts';

const line = (number: number) => ({number, text: `line ${number}`});

test('the tail has the newest lines of the current run, and of no earlier one', () => {
  const hub = createLogHub();
  hub.add('run-1', [line(1), line(2)]);
  hub.add('run-2', [line(1), line(2), line(3)]);
  expect(hub.tail(2)).toEqual({runId: 'run-2', lines: [line(2), line(3)]});
});

test('a listener gets each batch until it unsubscribes', () => {
  const hub = createLogHub();
  const heard: number[] = [];
  const leave = hub.subscribe(({lines}) => heard.push(lines.length));
  hub.add('run-1', [line(1), line(2)]);
  leave();
  hub.add('run-1', [line(3)]);
  expect(heard).toEqual([2]);
});

test('a flood keeps the newest five thousand lines', () => {
  const hub = createLogHub();
  for (let number = 1; number <= 12_000; number += 1) hub.add('run-1', [line(number)]);
  const {lines} = hub.tail(10_000);
  expect(lines).toHaveLength(5_000);
  expect(lines.at(-1)).toEqual(line(12_000));
});

const everything = {lines: 10, level: null, rank: null, pattern: '', text: ''};

test('keeps the log lines of the observations, and reads pages of the log that they are from', async () => {
  const hub = createLogHub();
  const page = {lines: [], fromBytes: 0, toBytes: 6, startBytes: 0, endBytes: 6};
  const line = {number: 1, offsetBytes: 0, text: 'first'};
  expect(await hub.handlers.getLogPage(everything)).toMatchObject({ok: false, error: {code: 'supervisor.no-log'}});
  hub.observe({type: 'log-lines', runId: 'run-1', lines: [line], readPage: async () => ok(page)});
  hub.observe({type: 'health', answer: '200 OK', isResponse: true, state: 'ready'});
  expect(hub.tail(10)).toEqual({runId: 'run-1', lines: [line]});
  expect(await hub.handlers.getLogPage(everything)).toEqual(ok({runId: 'run-1', ...page}));
});
