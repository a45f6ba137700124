import type {NominalGuide} from '../../domain/memory/nominal/nominal-guide.ts';
import {gbText, gibText, signedGbText, wholeGbNumber, wholeGbText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {padText, span} from '../drawing/compose.ts';
import {verdictLabels} from '../format/names.ts';
import type {Row} from '../rows.ts';
import {blank, type TextOptions, wrapped} from './text-lines.ts';

type GuideFormat = NominalGuide['formats'][number];
type GuideNode = NominalGuide['nodes'][number];

/** The published guide's arithmetic, marked nominal, with the exact number next to each and the differences. 80 columns. */
export function nominalRows(guide: NominalGuide, options: TextOptions): Row[] {
  const {modelId, formats, nodes} = guide;
  return [
    [span('NOMINAL', 'simulated'), span(`  the published guide's arithmetic: ${modelId}`, 'strong')],
    ...wrapped('Parameters x bytes, GPUs as one pool. The exact number is next to each.', options, 'dim'),
    blank,
    [span('weights          nominal        exact        difference', 'dim')],
    ...formats.map(formatRow),
    blank,
    ...nodes.flatMap(nodeRows),
    ...stepRows(guide, options),
    blank,
    ...mistakeRows(formats, options),
  ];
}

function formatRow({guideName, nominalBytes, exactBytes}: GuideFormat): Row {
  return [
    span(padText(guideName, 10)),
    span(padText(wholeGbText(nominalBytes), 14, 'left'), 'warning'),
    span(padText(gbText(exactBytes), 13, 'left'), 'strong'),
    span(padText(gbText(exactBytes - nominalBytes), 18, 'left'), 'dim'),
  ];
}

function nodeRows(node: GuideNode): Row[] {
  const {gpuCount, nominalCardBytes, nominalNodeBytes, nominalOverBytes, exactVerdict} = node;
  const over =
    nominalOverBytes < 0
      ? `does not fit ${wholeGbText(nominalNodeBytes - nominalOverBytes)}`
      : `${wholeGbText(nominalOverBytes)} over`;
  const sum = `${gpuCount} x ${wholeGbNumber(nominalCardBytes)} = ${wholeGbText(nominalNodeBytes)}, ${over}`;
  const {word, tone} = verdictLabels[exactVerdict];
  const poolBytes = node.exactKvCachePoolBytesPerGpu;
  const pool = poolBytes < 0 ? `, ${gibText(-poolBytes)} short per GPU` : `, KV cache ${gibText(poolBytes)} per GPU`;
  return [
    [span(padText(nodeName(node), 18)), span('nominal: ', 'dim'), span(sum, 'warning')],
    [span(' '.repeat(18)), span('exact:   ', 'dim'), span(word, tone), span(pool)],
  ];
}

function nodeName({guideName, gpuCount, gpuName}: GuideNode): string {
  const card = gpuName.replace(/^(?:NVIDIA|AMD Instinct) /, '').replace(/ (?:80GB|Blackwell).*/, '');
  return `${guideName} on ${gpuCount}x ${card} `;
}

/** The sum from the guide's number to the exact one. */
function stepRows({nodes, steps}: NominalGuide, options: TextOptions): Row[] {
  const last = nodes.at(-1);
  if (last === undefined || steps.length === 0) return [];
  const {nominalOverBytes, bytesPerFullLengthSequence, contextLengthTokens} = last;
  const left = steps.reduce((sum, {bytes}) => sum + bytes, nominalOverBytes);
  const request = `one request of ${countText(contextLengthTokens)} tokens needs ${gibText(bytesPerFullLengthSequence)} per GPU`;
  return [
    blank,
    sumRow(`difference: ${nodeName(last).trim()}, nominal rest`, nominalOverBytes, options, 'warning'),
    ...steps.flatMap(({cause, why, bytes}) => stepRow(cause, why, bytes, options)),
    sumRow('exact: left for the KV cache, all GPUs together', left, options, left < 0 ? 'critical' : 'strong'),
    ...wrapped(request, options, 'dim', '  '),
  ];
}

const AMOUNT_COLUMNS = 11;

function sumRow(text: string, bytes: number, {columns}: TextOptions, tone: 'warning' | 'critical' | 'strong'): Row {
  return [span(padText(text, columns - AMOUNT_COLUMNS)), span(amount(bytes), tone)];
}

function stepRow(cause: string, why: string, bytes: number, {columns, glyphs}: TextOptions): Row[] {
  const room = columns - AMOUNT_COLUMNS;
  const rows = wrapped(why, {columns: room - 17, glyphs}, 'dim');
  return rows.map((row, index) => {
    const text = row.map((part) => part.text).join('');
    const isLast = index === rows.length - 1;
    return [
      span(padText(index === 0 ? `  ${cause}` : '', 17)),
      span(isLast ? padText(text, room - 17) : text, 'dim'),
      ...(isLast ? [span(amount(bytes, true))] : []),
    ];
  });
}

function amount(bytes: number, isSigned = false): string {
  return padText(isSigned ? signedGbText(bytes) : gbText(bytes), AMOUNT_COLUMNS, 'left');
}

function mistakeRows(formats: readonly GuideFormat[], options: TextOptions): Row[] {
  const sizes = formats
    .map(({guideName, activeOnlyBytes}) => `${guideName} ${wholeGbText(activeOnlyBytes)}`)
    .join(', ');
  return wrapped(
    `A common mistake is sizing by the active parameters, nominal: ${sizes}. They decide speed; every expert stays in memory.`,
    options,
  );
}
