import type {NominalGuide} from '../../domain/memory/nominal-guide.ts';
import {BYTES_PER_GB} from '../../shared/units.ts';
import {gibText} from '../format/numbers.ts';
import type {GlyphSet} from '../glyphs.ts';
import {wrapped} from './text-lines.ts';

const gigabytes = new Intl.NumberFormat('en-US', {minimumFractionDigits: 0, maximumFractionDigits: 0});
const tenths = new Intl.NumberFormat('en-US', {minimumFractionDigits: 1, maximumFractionDigits: 1});

/** The published guide's arithmetic, marked nominal, with the exact figure beside each and why they differ. */
export function nominalText({modelId, formats, nodes}: NominalGuide, columns: number, glyphs: GlyphSet): string {
  const para = (text: string): string[] => wrapped(text, columns, glyphs);
  const lines = [
    ...para(`NOMINAL  The published guide's arithmetic for ${modelId}, beside the exact figures.`),
    '',
    'weights    nominal           exact         off by    sized on active parameters',
    ...formats.map(
      ({guideName, nominalBytes, exactBytes, activeOnlyBytes}) =>
        `${guideName.padEnd(9)}${wholeGb(nominalBytes).padStart(9)}${gb(exactBytes).padStart(16)}${signedGb(exactBytes - nominalBytes).padStart(15)}${wholeGb(activeOnlyBytes).padStart(12)}  the mistake`,
    ),
    '',
    'node               nominal    nominal over weights        exact, on every card',
    ...nodes.map(nodeLine),
    '',
    'why they differ',
    ...reasons.flatMap((reason) => wrapped(reason, columns, glyphs, '  ')),
    '',
    ...para('gantry plan without --nominal gives the verdict for a node, engine and context.'),
  ];
  return lines.join('\n');
}

const reasons = [
  'The nominal figure is 10^12 parameters x bytes. The model has 1.027 x 10^12, and a 4-bit checkpoint keeps attention, shared experts, the dense layer, router, embedding, head and vision tower in 16 bit, and a scale for every 32 weights.',
  'Cards are no pool: each of eight holds its share and whatever every rank keeps whole (latent down-projections, norms, router, vision tower).',
  'The vendor counts a card in GB that are nearly GiB: 80, 141 and 192 GB are 85.5, 150.8 and 192.3 GB by nvidia-smi. CUDA sees 0.3 to 0.7 % less, and the engine takes its memory fraction of that.',
  'On top come activations, CUDA graphs and buffers, 2.5 to 8 GiB a card, and the KV cache: 17.2 GiB a card for one request of 262,144 tokens, a copy on every card.',
  'Sizing on the active parameters is the classic mistake: they decide speed; every expert stays in memory.',
];

function nodeLine(row: NominalGuide['nodes'][number]): string {
  const {format, node, nominalNodeBytes, nominalOverBytes, exactWeightsBytesPerGpu, cudaVisibleBytesPerGpu} = row;
  const name = `${format === 'int4' ? '4-bit' : format.toUpperCase()} on ${node}`;
  const over = nominalOverBytes < 0 ? 'cannot hold them' : `${wholeGb(nominalOverBytes)} over`;
  const exact = `${gibText(exactWeightsBytesPerGpu)} of ${gibText(cudaVisibleBytesPerGpu)}`;
  return `${name.padEnd(18)}${wholeGb(nominalNodeBytes).padStart(8)}${over.padStart(24)}${exact.padStart(28)}`;
}

function wholeGb(bytes: number): string {
  return `${gigabytes.format(bytes / BYTES_PER_GB)} GB`;
}

function gb(bytes: number): string {
  return `${tenths.format(bytes / BYTES_PER_GB)} GB`;
}

function signedGb(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${gb(Math.abs(bytes))}`;
}
