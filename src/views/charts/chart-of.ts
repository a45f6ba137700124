import {type ChartName, chartNames} from '../../layout/chart-names.ts';
import type {ViewInput} from '../view-input.ts';

/** The chart that a panel's options name. */
export function chartOf(options: ViewInput['options']): ChartName {
  return chartNames.find((name) => name === options['of']) ?? 'gpu-memory';
}
