import {byGroup, type KeyLine} from '../src/tui/keys/key-line.ts';
import {allKeyLines} from '../src/tui/keys/key-table.ts';

const HEAD = `# Keys of the console

<!-- Generated from the key table: npm run generate. -->

The footer shows the keys that work now, and \`?\` lists all of them, with the reason where one is disabled. A key that has no
meaning says so. Keys marked *acts* change what runs on the node, or open the dialog that asks first; with \`--read-only\`
they are disabled.
`;

/** `docs/keys.md`: every key, by the screens on which it works. */
export function keyPageText(): string {
  const lines = byGroup(allKeyLines());
  const groups = [...new Set(lines.map(({group}) => group))];
  return [HEAD, ...groups.map((group) => groupText(group, lines))].join('\n');
}

function groupText(name: string, lines: readonly KeyLine[]): string {
  const rows = lines.filter(({group}) => group === name).map(rowText);
  return [`## ${name}`, '', '| key | does | works |', '|---|---|---|', ...rows, ''].join('\n');
}

function rowText({shown, description, when, isDangerous}: KeyLine): string {
  return `| \`${shown}\` | ${description}${isDangerous ? ' (*acts*)' : ''} | ${when ?? 'always'} |`;
}
