/** Options of a command, with values that are numbers, paths, names in capitals, or quoted. */
const options = String.raw`(?: --?[A-Za-z][\w-]*(?:[ =](?:[\d/"'][^ ]*|[A-Z](?![a-z])[^ ]*))?)`;
const commands = [
  `gantry [a-z]+${options}{0,9}`,
  `(?:nvidia-smi|kill|ulimit|dmesg)${options}{1,9}`,
  '(?:systemctl|loginctl|hf|docker) [a-z-]+ [^ ]+',
  `uv pip install${options}{0,9} [^ ]+`,
  String.raw`--[a-z][\w-]* [\d/][^ ]*`,
];
const command = new RegExp(`(?<=^|[ ("'])(?:${commands.join('|')})`, 'g');

/** Stands for a blank at which no row may end. No text contains it: control characters are removed before. */
const JOINED = '\u0000';

/** The text in parts between which a row may end: words, shares with their sign, and commands that a reader copies whole. */
export function partsOf(text: string): readonly string[] {
  return text
    .replaceAll(command, (found) => found.replaceAll(' ', JOINED))
    .replaceAll(/(?<=\d) (?=%)/g, JOINED)
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => part.replaceAll(JOINED, ' '));
}
