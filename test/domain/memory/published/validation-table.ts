import {
  type Comparison,
  comparePublishedStarts,
  errorSummary,
  isTelling,
  type JudgedStart,
  judgePublishedStarts,
} from './compare-starts.ts';

/** The plan beside every published log, as Markdown: what `npm run bench -- plan` prints and docs/memory.md holds. */
export function validationTable(): string {
  const known = comparePublishedStarts(true);
  const unknown = comparePublishedStarts(false).filter(({quantity}) => quantity === 'pool from scratch');
  return [
    '| quantity | start | plan | log | error |',
    '|---|---|---:|---:|---:|',
    '| **not fitted on** | | | | |',
    ...known.filter(({use}) => use === 'check').map(row),
    '| **not fitted on, but mends came from them** | | | | |',
    ...known.filter(({use}) => use === 'seen').map(row),
    '| **fitted on** | | | | |',
    ...known.filter(({use}) => use === 'fit').map(row),
    '',
    '| quantity | rows | mean absolute error | median | worst |',
    '|---|---:|---:|---:|---:|',
    ...summaries(known, 'check', 'not fitted on'),
    ...summaries(known.filter(isPoolThatStarted), 'check', 'of what started, not fitted on'),
    ...summaries(known, 'seen', 'not fitted on, but mends came from them'),
    ...summaries(known, 'fit', 'fitted on'),
    ...summaries(unknown, 'check', 'not fitted on, engine version unknown'),
    ...summaries(unknown.filter(isPoolThatStarted), 'check', 'of what started, not fitted on, engine version unknown'),
    ...summaries(unknown, 'seen', 'not fitted on, but mends came from them, engine version unknown'),
    ...summaries(unknown, 'fit', 'fitted on, engine version unknown'),
    ...summaries(unknown.filter(isTelling), null, 'of half a GPU and more, engine version unknown'),
    '',
    '| what happened | starts | fits | tight | does not fit |',
    '|---|---:|---:|---:|---:|',
    ...verdictRows(judgePublishedStarts(true), ''),
    ...verdictRows(judgePublishedStarts(false), ', engine version unknown'),
  ].join('\n');
}

/** What did not start has no pool that anybody uses: near nothing, any error is a large part of it. */
function isPoolThatStarted({quantity, didStart}: Comparison): boolean {
  return quantity === 'pool from scratch' && didStart;
}

function row({quantity, start, unit, planned, logged, errorRatio}: Comparison): string {
  return `| ${quantity} | ${start} | ${quantityText(planned, unit)} | ${quantityText(logged, unit)} | ${percent(errorRatio)} |`;
}

function summaries(comparisons: readonly Comparison[], use: Comparison['use'] | null, suffix: string): string[] {
  const chosen = comparisons.filter((comparison) => use === null || comparison.use === use);
  const quantities = [...new Set(chosen.map(({quantity}) => quantity))];
  return quantities.map((quantity) => {
    const {count, meanAbsolute, medianAbsolute, worst} = errorSummary(
      chosen.filter((comparison) => comparison.quantity === quantity),
    );
    return `| ${quantity}, ${suffix} | ${count} | ${percent(meanAbsolute, '')} | ${percent(medianAbsolute, '')} | ${percent(worst)} |`;
  });
}

function verdictRows(judged: readonly JudgedStart[], suffix: string): string[] {
  return [true, false].map((didStart) => {
    const verdicts = judged.filter(({start}) => start.didStart === didStart).map(({verdict}) => verdict);
    const counts = (['fits', 'tight', 'does-not-fit'] as const).map(
      (verdict) => verdicts.filter((each) => each === verdict).length,
    );
    return `| ${didStart ? 'it started' : 'it did not start'}${suffix} | ${verdicts.length} | ${counts.join(' | ')} |`;
  });
}

function quantityText(value: number, unit: 'GiB' | 'tokens'): string {
  return unit === 'GiB' ? `${value.toFixed(2)} GiB` : Math.round(value).toLocaleString('en-US');
}

function percent(ratio: number, plus = '+'): string {
  const text = (ratio * 100).toFixed(3);
  return `${ratio > 0 ? plus : ''}${text} %`;
}
