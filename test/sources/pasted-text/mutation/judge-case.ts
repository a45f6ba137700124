import {engineDown, passedOn, unknownErrors} from '../../../../src/domain/diagnosis/cause-codes.ts';
import type {TextDiagnosis} from '../../../../src/domain/diagnosis/text-diagnosis.ts';
import {readLines} from '../read-lines.ts';
import type {Case} from './cases.ts';

/** Findings that leave open what the cause is: they name what followed from it, or say that it is not in the text. */
const open: readonly string[] = [
  ...engineDown,
  ...passedOn,
  ...unknownErrors,
  'log.exit-code',
  'log.stopped-from-outside',
  'log.ends-while-starting',
  // Of a list of processes that was cut off: the other part may have been left out.
  'host.server-without-workers',
  'host.workers-orphaned',
];

/** Lines that tell of a failure, whatever program wrote them. */
const failing =
  /(?:Error|Exception)\b: |Traceback \(|\berror: |\bERROR\b|\b(?:fatal|Fatal)\b|\bKilled|\bAborted|GGML_ASSERT|core dumped|^frame #/;

const FEW_LINES = 3;

/** What is wrong with the answer to a case; null if nothing is. */
export function complaintAbout(one: Case): string | null {
  const found = readLines(one.lines);
  const isWhole = one.from === 0 && one.to === one.base.lines.length && !one.isTruncated;
  return isWhole ? complaintAboutWhole(one, found) : complaintAboutPart(one, found);
}

/** Nothing is lost: the same engine, ending and cause. */
function complaintAboutWhole({base}: Case, found: TextDiagnosis | null): string | null {
  const [expected, got] = [base.found, found].map((text) => `${text?.engine} ${text?.exit} ${text?.findings[0]?.code}`);
  return expected === got ? null : `${got} instead of ${expected}`;
}

/** Lines are lost: the same kind of cause if its line is there, else what is left to say without it. */
function complaintAboutPart(one: Case, found: TextDiagnosis | null): string | null {
  const {base, from, to, isTruncated} = one;
  const cause = Math.max(...base.decisive);
  const part = base.lines.slice(from, to);
  const hasCause = base.decisive.length > 0 && base.decisive.every((at) => at >= from && at < to) && !isTruncated;
  const code = found?.findings[0]?.code;
  const said = `${found?.findings[0]?.message} ${found?.findings[0]?.remedy}`;
  const saysCut = (isTruncated && /cut off/.test(said)) || (!hasCause && /the text has no reason/.test(said));
  if (saysCut) return null;
  const isFailed = found?.exit === base.found.exit;
  const isSame = code !== undefined && base.codes.some((known) => kindOf(known) === kindOf(code));
  // Of so few lines a viewer's prefix is not known for certain: that the text is of no known kind is no lie.
  const isTooFew =
    (found === null || found.exit === 'starting' || isOpen(code ?? '')) &&
    part.filter((line) => line.trim() !== '').length < FEW_LINES;
  if (isTooFew) return null;
  const isAsOpen = isOpen(base.codes[0] ?? '') && isOpen(code ?? '');
  if (hasCause) return isFailed && (isSame || isAsOpen) ? null : `${found?.exit} ${code} instead of ${base.codes[0]}`;
  const critical = found?.findings.find(({severity}) => severity === 'critical')?.code;
  if (critical !== undefined && !isSame && !isOpen(critical))
    return `${critical} instead of ${base.codes[0]}, which was cut off`;
  if (found?.exit === 'serving' && !isBeforeFailure(base, to)) return 'serving';
  const mustFail =
    base.decisive.length > 0 && from > cause && (isTruncated ? one.lines : part).some((line) => failing.test(line));
  return mustFail && !isFailed ? `${found?.exit} ${code} of the lines after ${base.codes[0]}` : null;
}

/** The server was up, and the text ends before anything failed. */
function isBeforeFailure(base: Case['base'], to: number): boolean {
  return readLines(base.lines.slice(0, to))?.exit === 'serving';
}

export function isOpen(code: string): boolean {
  return open.some((pattern) => pattern === code || (pattern.startsWith('*') && code.endsWith(pattern.slice(1))));
}

/** The same failure needs another cure in another phase: without the lines that show the phase, only the kind is the same. */
export function kindOf(code: string): string {
  return code
    .replace(/^[a-z]+\./, '')
    .replace(/^(out-of-memory).*|^kv-cache-too-large$/, 'out-of-memory')
    .replace(/^shape-mismatch$/, 'unsupported-checkpoint');
}
