import type {CostDocument, CostRow, CostRowKey} from '../../api/cost/cost-values.ts';
import {nodeStates, tokenSources} from '../../domain/cost/ledger/entries.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {isoText} from '../../shared/quantities/moments.ts';

type Cell = string | number | boolean;
type Column = readonly [name: string, cell: (row: CostRow & {readonly key: CostRowKey}) => Cell];

/**
 * The rows of a report as comma-separated values with a header that has the units; money is in whole micro-USD. There is no
 * total: rounded rows need not add up to it, `--json` has it. A cell is empty where the value is unknown.
 */
export function reportCsv({rows, books}: CostDocument): string {
  const columns: readonly Column[] = [
    ['row', ({key}) => key.of],
    ['start_utc', ({key}) => (key.of === 'time' ? isoText(key.startMs) : '')],
    ['engine', ({key}) => (key.of === 'settings' ? key.engine : '')],
    ['model', ({key}) => ('model' in key ? key.model : '')],
    ['settings_digest', ({key}) => (key.of === 'settings' ? key.settingsDigest : '')],
    ['settings', ({key}) => (key.of === 'settings' ? key.settings : '')],
    ...tokenSources.flatMap((source) =>
      (['input', 'cached', 'output'] as const).map(
        (kind): Column => [`${source}_${kind}_tokens`, ({tokens}) => tokens[source][kind]],
      ),
    ),
    ['gap_tokens', ({gapTokens}) => gapTokens],
    ...nodeStates.map((state): Column => [`${state}_ms`, ({timeMs}) => timeMs[state]]),
    ['gap_ms', ({gapMs}) => gapMs],
    ['node_micro_usd', ({nodeMicroUsd}) => known(nodeMicroUsd)],
    ['node_is_estimate', ({isNodeEstimate}) => isNodeEstimate],
    ['node_is_shared', ({isNodeShared}) => isNodeShared],
    ['idle_micro_usd', ({nodeMicroUsdByState: byState}) => (isAbsent(byState) ? '' : byState.idle)],
    ...books.flatMap(({name}, index): Column[] => [
      [`${name}_micro_usd`, ({apis}) => known(apis[index]?.microUsd ?? {absent: 'not computed'})],
      [`${name}_is_estimate`, ({apis}) => apis[index]?.isEstimate ?? ''],
    ]),
    ['api_is_at_most', ({isApiAtMost}) => isApiAtMost],
    ['saved_micro_usd', ({savedMicroUsd}) => known(savedMicroUsd)],
    ['micro_usd_per_million_tokens', ({microUsdPerMillionTokens}) => known(microUsdPerMillionTokens)],
  ];
  const lines = rows.map((row) => columns.map(([, cell]) => csvText(cell(row))).join(','));
  return [columns.map(([name]) => csvText(name)).join(','), ...lines].join('\n');
}

const known = (value: Reading<number>): Cell => (isAbsent(value) ? '' : value);

/** What spreadsheets take for a formula, and run. */
const formulaStart = /^[=+\-@\t\r]/;

/** Quoted where it has to be (RFC 4180); a name that a spreadsheet would run as a formula is text there by its apostrophe. */
function csvText(cell: Cell): string {
  const text = typeof cell === 'string' && formulaStart.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
