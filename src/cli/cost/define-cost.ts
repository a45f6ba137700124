import {type Command, Option} from 'commander';
import {reportKinds} from '../../domain/cost/report/report-kinds.ts';
import {moment} from '../option-values.ts';

const DEFAULT_SINCE = '30d';

/** The options of `gantry cost`. */
export function addCostOptions(command: Command) {
  return command
    .addOption(
      new Option('--since <time>', 'how far back, or a day of UTC: 12h, 2026-11-01')
        .argParser(moment)
        .default(moment(DEFAULT_SINCE), DEFAULT_SINCE),
    )
    .option('--until <time>', 'end, in the same way (default: now)', moment)
    .addOption(new Option('--by <rows>', 'what has a row').choices(reportKinds).default('day'))
    .option('--csv', 'print comma-separated values');
}
