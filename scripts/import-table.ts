import {layerRules} from './layer-rules.ts';

const START = '<!-- import table: generated from scripts/layer-rules.ts -->';
const END = '<!-- end of import table -->';

/** The map with an updated import table; the markers must be there. */
export function withImportTable(text: string): string {
  const start = text.indexOf(START);
  const end = text.indexOf(END);
  if (start < 0 || end < start) throw new Error(`src/README.md lacks the lines "${START}" and "${END}"`);
  return `${text.slice(0, start + START.length)}\n${importTable()}\n${text.slice(end)}`;
}

function importTable(): string {
  const rows = layerRules.map(({folder, imports, packages, node}) => {
    const folders = folder === 'cli' ? 'everything' : imports.join(', ') || 'nothing';
    const modules = node === 'all' ? 'yes' : node === 'none' ? 'no' : `${node.join(', ')} only`;
    return `| \`${folder}\` | ${folders} | ${packages.join(', ') || '-'} | ${modules} |`;
  });
  return ['| folder | may import | packages | Node modules |', '|---|---|---|---|', ...rows].join('\n');
}
