import {expect, test} from 'vitest';
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

test('keeps the log lines of the observations, without what only the reader of the file needs', () => {
  const hub = createLogHub();
  hub.observe({type: 'log-lines', runId: 'run-1', lines: [{number: 1, offsetBytes: 0, text: 'first'}]});
  hub.observe({type: 'health', answer: '200 OK', isResponse: true, state: 'ready'});
  expect(hub.tail(10)).toEqual({runId: 'run-1', lines: [{number: 1, text: 'first'}]});
});
