import {cutText, textWidth} from '../../shared/text-width.ts';

/** Text broken at spaces into lines of at most `columns` cells; a longer word is cut. At most `maxLines`, then "…". */
export function wrapText(text: string, columns: number, maxLines: number, ellipsis: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') lines.push(line);
  const kept = lines.slice(0, maxLines);
  const last = kept.length - 1;
  if (lines.length > maxLines && last >= 0) kept[last] = `${kept[last]} ${' '.repeat(columns)}`;
  return kept.map((part) => cutText(part, columns, ellipsis));
}
