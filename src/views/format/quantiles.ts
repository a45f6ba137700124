import type {Quantile} from '../../domain/traffic/quantile.ts';
import {compactText, countText} from '../../shared/quantities/counts.ts';
import {latencyLimitText, latencyText} from '../../shared/quantities/durations.ts';

/** `820 ms`, `~820 ms` interpolated, `< 300 ms` and `> 10 s` where only a limit is known. */
export function latencyQuantileText({kind, value}: Quantile): string {
  switch (kind) {
    case 'exact':
      return latencyText(value);
    case 'interpolated':
      return `~${latencyText(value)}`;
    case 'below':
      return `< ${latencyLimitText(value, 'up')}`;
    case 'above':
      return `> ${latencyLimitText(value, 'down')}`;
  }
}

/** `~4,100 tok`, `< 101 tok`, `> 61,000 tok`: sizes are whole, so at most 100 is below 101. */
export function tokenQuantileText({kind, value}: Quantile): string {
  switch (kind) {
    case 'exact':
      return `${compactText(value)} tok`;
    case 'interpolated':
      return `~${compactText(value)} tok`;
    case 'below':
      return `< ${countText(Math.floor(value) + 1)} tok`;
    case 'above':
      return `> ${countText(Math.ceil(value) - 1)} tok`;
  }
}
