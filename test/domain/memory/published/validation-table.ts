import {type Comparison, comparePublishedStarts, errorSummary} from './published-starts.ts';

/** The plan beside every published log, as Markdown: what `npm run bench -- plan` prints and docs/memory.md holds. */
export function validationTable(): string {
  const known = comparePublishedStarts(true);
  const unknown = comparePublishedStarts(false);
  return [
    '| quantity | start | plan | log | error |',
    '|---|---|---:|---:|---:|',
    ...known.map(row),
    '',
    '| quantity | rows | mean absolute error | median | worst |',
    '|---|---:|---:|---:|---:|',
    ...summaries(known, ''),
    ...summaries(
      unknown.filter(({quantity}) => quantity.endsWith('from scratch')),
      ', engine version unknown',
    ),
  ].join('\n');
}

function row({quantity, start, unit, planned, logged, errorRatio}: Comparison): string {
  return `| ${quantity} | ${start} | ${quantityText(planned, unit)} | ${quantityText(logged, unit)} | ${percent(errorRatio)} |`;
}

function summaries(comparisons: readonly Comparison[], suffix: string): string[] {
  const quantities = [...new Set(comparisons.map(({quantity}) => quantity))];
  return quantities.map((quantity) => {
    const {count, meanAbsolute, medianAbsolute, worst} = errorSummary(
      comparisons.filter((comparison) => comparison.quantity === quantity),
    );
    return `| ${quantity}${suffix} | ${count} | ${percent(meanAbsolute, '')} | ${percent(medianAbsolute, '')} | ${percent(worst)} |`;
  });
}

function quantityText(value: number, unit: 'GiB' | 'tokens'): string {
  return unit === 'GiB' ? `${value.toFixed(2)} GiB` : value.toLocaleString('en-US');
}

function percent(ratio: number, plus = '+'): string {
  const text = (ratio * 100).toFixed(3);
  return `${ratio > 0 ? plus : ''}${text} %`;
}
