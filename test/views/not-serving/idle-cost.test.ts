import {expect, test} from 'vitest';
import type {HistoryPoints} from '../../../src/api/history.ts';
import type {ConsoleData} from '../../../src/client/console-data.ts';
import {absent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import type {ChosenWindow} from '../../../src/views/view-input.ts';
import {buildConsoleData, TEST_NOW_MS} from '../../support/build-snapshot.ts';
import {startingNode, stoppedNode} from '../../support/engine-states.ts';
import {textOf, viewOf} from '../draw.ts';

const day: ChosenWindow = {lengthMs: 24 * MS_PER_HOUR, text: '24 h', problem: null, quantilesSinceMs: null};

/** One point per hour up to now. */
function hourly(values: readonly (number | null)[]): HistoryPoints {
  return values.map((value, index) => ({atMs: TEST_NOW_MS - (values.length - 1 - index) * MS_PER_HOUR, value}));
}

function rowsOf(data: ConsoleData, window: ChosenWindow | null = null): string[] {
  const {title, rows} = viewOf('cost-table', data, {columns: 110, rows: 12}, {window});
  return [title, ...rows.map((row) => textOf(row).trimEnd())];
}

test('a stopped engine has the price of the node and of the idle time, and one reason', () => {
  const rows = rowsOf(stoppedNode());
  expect(rows[0]).toBe('Cost while nothing is served');
  expect(rows).toContain('API         the engine does not serve: no traffic to compare');
  expect(rows).toContain('node        $20.00/h, $480.00 per day, $14,600.00 per month');
  expect(rows).toContain('idle        ~$15.67 in 47m 00s while nothing is served');
  expect(rows.join('\n')).not.toContain('–');
  expect(rowsOf(startingNode())[0]).toBe('Cost while nothing is served');
  expect(rowsOf(buildConsoleData())[0]).toBe('Node and API, for the same tokens');
});

test('the chosen time is summed over what is kept of it', () => {
  const node = hourly(Array.from({length: 24}, () => 20));
  const api = hourly(Array.from({length: 24}, (_, hour) => (hour < 10 ? 50 : null)));
  const whole = rowsOf({...stoppedNode(), history: {nodeUsdPerHour: node, apiUsdPerHour: api}}, day);
  expect(whole).toContain('last 24 h   node ~$480.00, API ~$500.00, saved ~$20.00, served ~10h 00m');
  const part = {nodeUsdPerHour: node.slice(-6), apiUsdPerHour: api.slice(-6)};
  expect(rowsOf({...stoppedNode(), history: part}, day)).toContain(
    'last 24 h   node ~$120.00, API ~$0.00, lost ~$120.00, served ~0s, of 6h 00m that are kept',
  );
  expect(rowsOf({...stoppedNode(), history: {}}, day)).toContain('last 24 h   nothing is kept of this time');
  const failed = rowsOf({...stoppedNode(), history: {}}, {...day, problem: 'reading the history'});
  expect(failed).toContain('last 24 h   reading the history');
});

test('a node without a price says what to set', () => {
  const data = stoppedNode();
  if (data.snapshot === null) throw new Error('no snapshot');
  const {snapshot} = data;
  const without = {...snapshot, cost: {...snapshot.cost, nodeUsdPerHour: absent('not configured')}};
  const history = {apiUsdPerHour: hourly([50, 50])};
  const rows = rowsOf({...data, snapshot: without, history}, day);
  expect(rows).toContain('node        set cost.nodeUsdPerHour to compare');
  expect(rows).toContain('last 24 h   API ~$100.00, served ~2h 00m');
});
