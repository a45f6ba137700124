import {computeAppFields} from './compute-apps.ts';
import {queryFields} from './query-cells.ts';

type Documented = {readonly name: string; readonly aliases: readonly string[]; readonly help: string};

/** What --help-query-gpu prints: the quoted names at line start are what the other switch accepts. */
export function helpQueryGpu(): string {
  return helpText('--query-gpu', queryFields);
}

/** What --help-query-compute-apps prints. */
export function helpQueryComputeApps(): string {
  return helpText('--query-compute-apps', computeAppFields);
}

function helpText(option: string, fields: readonly Documented[]): string {
  const lines = [`List of valid properties to query for the switch "${option}":`, ''];
  let section = '';
  for (const field of fields) {
    const group = field.name.includes('.') ? (field.name.split('.')[0] ?? '') : '';
    if (group !== '' && group !== section) lines.push(`Section about ${group} properties`, '');
    section = group;
    lines.push([field.name, ...field.aliases].map((name) => `"${name}"`).join(' or '), field.help, '');
  }
  return `${lines.join('\n')}\n`;
}
