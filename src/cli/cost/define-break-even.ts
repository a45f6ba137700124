import {type Command, Option} from 'commander';
import {moment} from '../option-values.ts';
import {
  hoursOfMonth,
  inputShare,
  monthCount,
  share,
  shareAboveZero,
  tokenCount,
  usdRange,
  usdValue,
  wattCount,
} from './break-even-values.ts';

/** The options of `gantry break-even`, each with the published guide's assumption as its default. */
export function addBreakEvenOptions(command: Command) {
  return command
    .option('--gpus <node>', 'GPUs from the catalog: 8xH200, 2x8xH100 (default: 8xH100, or those of the ledger)')
    .addOption(
      new Option('--usd-per-hour <usd>', 'price of the node, or a range: 28.80, 16-24 (default: 16-24 for 8xH100)')
        .argParser(usdRange)
        .conflicts(['usdPerGpuHour', 'purchaseUsd']),
    )
    .addOption(
      new Option('--usd-per-gpu-hour <usd>', 'price of each GPU, or a range: 3.60, 2.50-3.50')
        .argParser(usdRange)
        .conflicts('purchaseUsd'),
    )
    .addOption(
      new Option('--owned', 'cost of ownership by the price book, in place of rent').conflicts([
        ...['usdPerHour', 'usdPerGpuHour'],
        ...['purchaseUsd', 'months', 'colocationUsd', 'watts', 'usdPerKwh'],
      ]),
    )
    .option('--purchase-usd <usd>', 'price of a node that is owned; with --months', usdValue)
    .option('--months <count>', 'how long an owned node is used', monthCount)
    .option('--colocation-usd <usd>', 'what the place of an owned node costs per month', usdValue)
    .option('--watts <watts>', 'what an owned node draws on average; with --usd-per-kwh', wattCount)
    .option('--usd-per-kwh <usd>', 'price of electricity of an owned node', usdValue)
    .option('--hours <hours>', 'hours of the month that are paid for (default: 730)', hoursOfMonth)
    .addOption(new Option('--input <share>', 'input of all tokens (default: 50%)').argParser(share).conflicts('mix'))
    .option('--mix <input:output>', 'the same as a ratio: 20:1', inputShare)
    .option('--cached <share>', 'of the input, what is read from a cache (default: 0%)', share)
    .option('--api <name>', 'API of the price book (default: the first of cost.priceBook)')
    .option(
      '--utilization <share>',
      'of the hours, those in which the node serves (default: 100%, or as in the ledger)',
      shareAboveZero,
    )
    .addOption(
      new Option('--from-ledger', "take mix, tokens, utilization and price of this node's clients").conflicts([
        'input',
        'mix',
        'cached',
      ]),
    )
    .addOption(
      new Option(
        '--since <time>',
        'with --from-ledger: how far back, or a day of UTC: 7d, 2026-11-01 (default: 30d)',
      ).argParser(moment),
    )
    .option('--tokens <count>', 'tokens per month to compare at (default: 5B)', tokenCount);
}
