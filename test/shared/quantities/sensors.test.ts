import {expect, test} from 'vitest';
import {celsiusText, wattsText} from '../../../src/shared/quantities/sensors.ts';

test('sensors are integers, and kilowatts have one decimal', () => {
  expect([celsiusText(61.4), wattsText(519.6), wattsText(999.4), wattsText(4272)]).toEqual([
    '61 C',
    '520 W',
    '999 W',
    '4.3 kW',
  ]);
});
