import type {Quantile} from '../../domain/traffic/quantile.ts';
import {compactText, countText} from '../../shared/quantities/counts.ts';
import {latencyLimitText, latencyText} from '../../shared/quantities/durations.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';

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

/** `97 %`, `~97 %` interpolated, `< 98 %` and `> 96 %` where only a limit is known; all and none only where that is exact. */
export function shareText({kind, value}: Quantile): string {
  const percent = value * PERCENT;
  switch (kind) {
    case 'exact':
      return wholePercentText(value <= 0 || value >= 1 ? value : clampedShare(value));
    case 'interpolated':
      return `~${wholePercentText(clampedShare(value))}`;
    case 'below':
      return `< ${countText(Math.min(PERCENT, Math.floor(percent) + 1))} %`;
    case 'above':
      return `> ${countText(Math.max(0, Math.ceil(percent) - 1))} %`;
  }
}

/** Neither all nor none: one request of a thousand that was too slow is not nothing. */
function clampedShare(value: number): number {
  return Math.min(0.99, Math.max(0.01, value));
}

const PERCENT = 100;
