import {byGroup, type KeyLine} from '../src/tui/keys/key-line.ts';
import {allKeyLines} from '../src/tui/keys/key-table.ts';

const HEAD = `# Keys of the console

<!-- Generated from the key table: npm run generate. -->

The footer shows the keys that work now, and \`?\` lists all of them, with the reason where one is disabled. A key that has no
meaning says so. Keys marked *acts* change what runs on the node, or open the dialog that asks first; with \`--read-only\`
they are disabled.

The configuration gives actions other keys, by the names in the last column:

\`\`\`yaml
console:
  keys:
    engine.stop: [X]
    log.up: [PgUp, u]
    console.suspend: []
\`\`\`

A key is one character (letters in either case are two keys), \`Space\`, \`Tab\`, \`Shift+Tab\`, \`Backspace\`, \`Up\`, \`Down\`, \`Left\`,
\`Right\`, \`PgUp\`, \`PgDn\`, \`Home\`, \`End\`, or \`Ctrl+\` and a letter. They replace all keys of the action; with an empty list it is
reached through the palette only. \`Ctrl+C\`, \`Esc\` and \`Enter\` are reserved: the actions that have them keep them, and no other can
have them. Where two actions would have one key on the same screen, where typed text needs the key, or where the key that opens a
question would answer it, the action keeps its own keys, and the console, its help and \`gantry config\` say so. What asks first does
so with every key.
`;

/** `docs/keys.md`: every key, by the screens on which it works. */
export function keyPageText(): string {
  const lines = byGroup(allKeyLines());
  const groups = [...new Set(lines.map(({group}) => group))];
  return [HEAD, ...groups.map((group) => groupText(group, lines))].join('\n');
}

function groupText(name: string, lines: readonly KeyLine[]): string {
  const rows = lines.filter(({group}) => group === name).map(rowText);
  return [`## ${name}`, '', '| key | does | works | action |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function rowText({id, shown, description, when, isDangerous}: KeyLine): string {
  return `| \`${shown}\` | ${description}${isDangerous ? ' (*acts*)' : ''} | ${when ?? 'always'} | \`${id}\` |`;
}
