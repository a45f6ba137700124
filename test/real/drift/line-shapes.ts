import {unknownLogContext} from '../../../src/engines/engine.ts';
import {createLogInterpreter} from '../../../src/engines/log/log-interpreter.ts';
import {findEngine} from '../../../src/engines/registry.ts';
import {cleanLogText} from '../../../src/sources/log/clean-log-text.ts';

/** Beyond this, shapes differ by what a line quotes. */
const MAX_SHAPE = 90;

/** A line without what is different in every run: prefix, numbers, paths, quoted text. */
export function shapeOf(line: string): string {
  return line
    .replace(/^\d+\.\d\d\.\d{3}\.\d{3} (?=[A-Z] )/, '')
    .replace(/^\([\w-]+ pid=\d+\) */, '')
    .replace(/\b(INFO|WARNING|ERROR) \d\d-\d\d \d\d:\d\d:\d\d \[(?:\w+\/)*(\w+\.py):\d+\] /, '$1 [$2] ')
    .replace(/non-default args: .*/, 'non-default args: ...')
    .replace(/with config: .*/, 'with config: ...')
    .replace(/(?:https?:\/\/|[~.]?\/)[^\s'",)]+/g, 'PATH')
    .replace(/'[^']*'|"[^"]*"/g, 'TEXT')
    .replace(/\bbuild \d+ \([^)]*\)/, 'build N (TEXT)')
    .replace(/\([0-9a-f]+(?::[0-9a-f]+)+(?:\.\d)?\)/gi, '(ID)')
    .replace(/\d[\d,.]*/g, 'N')
    .replace(/\b[GM]iB\b/g, 'MiB')
    .replace(/[█▄▀▏▎▍▌▋▊▉]+/g, '#')
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .trim()
    .slice(0, MAX_SHAPE)
    .trimEnd();
}

/** The shapes of the lines that mean something to Gantry: which it reads a phase, a number, a request or a failure from. */
export function shapesOf(engineName: string, logs: readonly string[]): ReadonlySet<string> {
  const engine = findEngine(engineName);
  if (engine === undefined) throw new Error(`There is no engine ${engineName}.`);
  const shapes = new Set<string>();
  for (const log of logs) {
    const interpret = createLogInterpreter(engine, unknownLogContext);
    for (const [index, raw] of log.split(/\r?\n|\r/).entries()) {
      const text = cleanLogText(raw);
      if (interpret({text, number: index + 1}, index).length > 0) shapes.add(shapeOf(text));
    }
  }
  return shapes;
}
