import {engineDown} from '../../../domain/diagnosis/cause-codes.ts';
import {type CodePattern, isCode} from '../../../domain/diagnosis/code-pattern.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {withinWords} from '../../../shared/within-words.ts';
import {MAX_EVIDENCE_LENGTH} from '../failure-catalog.ts';
import {engineAdvice} from './engine-advice.ts';
import type {FinalError} from './final-error.ts';

/** Longest part of an error that is repeated in a sentence, in characters. */
const MAX_IN_SENTENCE = 300;

type Said = Pick<Finding, 'code' | 'message' | 'remedy'>;

/** The finding for an error that no catalog knows: it says what the line says, and how to learn more. */
export function unknownFailure(error: FinalError, displayName: string): Finding {
  return {
    ...saidOf(error, displayName),
    severity: error.form === 'stopped' ? 'warning' : 'critical',
    evidence: `line ${error.line.number}: ${withinWords(error.line.text, MAX_EVIDENCE_LENGTH)}`,
    settingsChange: null,
  };
}

function saidOf({form, text, place}: FinalError, displayName: string): Said {
  const said = withinWords(text, MAX_IN_SENTENCE);
  switch (form) {
    case 'death':
      return deathOf(text, displayName);
    case 'crash':
      return crashOf(text, displayName, place);
    case 'library-error':
      return {
        code: 'log.unknown-failure',
        message: `${displayName} failed after an error that a library of its network reported: ${said}`,
        remedy:
          'Look this error up in the documentation of that library, on the node that printed it. The errors after it only pass it on.',
      };
    case 'exit-code':
      return {
        code: 'log.exit-code',
        message: `${displayName} ended with an error that is not in this text: ${said}.`,
        remedy: `${exitCodeMeaning(text)}Get the output that came before it, stderr included.`,
      };
    case 'cut-traceback':
      return {
        code: 'log.cut-in-traceback',
        message: `${displayName} failed, but the text ends within the traceback, before the error itself.`,
        remedy: 'Get the lines that follow the evidence: the last line of the traceback says what failed.',
      };
    case 'cut-stack':
      return {
        code: 'log.cut-in-traceback',
        message: `${displayName} failed, but the text has only a part of a stack trace, without the error itself.`,
        remedy:
          'Get the lines around the evidence: Python writes the error below its stack trace, native code above it.',
      };
    case 'peer-lost':
      return {
        code: 'log.peer-lost',
        message: `A process of ${inSentence(displayName)} lost its connection to another one: ${said}`,
        remedy: 'The cause is in the log of the other process or node, at this time or just before it.',
      };
    case 'stopped':
      return {
        code: 'log.stopped-from-outside',
        message: `${displayName} was ended from outside, before it failed by itself: ${said}`,
        remedy: 'Look at who or what ended it: an operator, a time limit, or the scheduler of jobs.',
      };
    case 'passed-on':
      return {
        code: 'log.unknown-failure',
        message: `${displayName} failed after another of its processes did: ${said}`,
        remedy: 'The cause is not in this text: look at the logs of the other processes and nodes at this time.',
      };
    default:
      return otherOf(text, said, displayName);
  }
}

/** An error that says what to do needs no other explanation. */
function otherOf(text: string, said: string, displayName: string): Said {
  const advice = engineAdvice(text);
  if (advice !== null) {
    return {
      code: 'log.unknown-failure',
      message: `${displayName} failed, and its own error says what to do: ${said}`,
      remedy: `The advice of ${inSentence(displayName)} itself: ${advice}`,
    };
  }
  return {
    code: 'log.unknown-failure',
    message: `${displayName} failed for a reason that Gantry does not recognize: ${said}`,
    remedy: 'Read the last lines below; the traceback above the evidence, if there is one, shows where it failed.',
  };
}

/** Without the name of an engine it is "The program". */
function inSentence(displayName: string): string {
  return displayName.replace(/^The\b/, 'the');
}

function deathOf(text: string, displayName: string): Said {
  if (/kill|SIGKILL|status=9\//i.test(text)) {
    return {
      code: 'log.process-killed',
      message: `A process of ${inSentence(displayName)} was killed from outside, so its log does not say why.`,
      remedy:
        'Look for "Out of memory: Killed process" in dmesg -T: too little host memory is the usual reason. Otherwise a container limit, a failed health check or an operator ended it.',
    };
  }
  if (/abort|SIGABRT/i.test(text)) {
    return {
      code: 'log.process-crashed',
      message: `A process of ${inSentence(displayName)} aborted (${withinWords(text, 80).trim()}): it ended itself after an error that this text does not have.`,
      remedy:
        'Get the lines before it, stderr included: the reason is printed just before the abort, above a stack if there is one.',
    };
  }
  return {
    code: 'log.process-crashed',
    message: `A process of ${inSentence(displayName)} crashed in native code (${withinWords(text, 80).trim()}).`,
    remedy:
      signalRemedy(text) ??
      'Look for an Xid or a segfault line in dmesg -T. The cause is in the lines above, if there are any; otherwise try another version of the engine or of its kernels.',
  };
}

/** What to do about a crash in the library that GPUs exchange data with. */
const NCCL_REMEDY =
  'Use another version of NCCL, the same on all nodes, and set NCCL_DEBUG=INFO to see what it was doing. Look in dmesg -T of that node too.';

function crashOf(text: string, displayName: string, place: FinalError['place']): Said {
  const where = [
    place?.name === undefined || place.name === null ? null : `in ${place.name}`,
    place?.isInNccl === true ? 'below NCCL' : null,
    place?.process === undefined || place.process === null ? null : `process ${place.process}`,
  ].filter((part) => part !== null);
  return {
    code: 'log.process-crashed',
    message: `A process of ${inSentence(displayName)} crashed in native code (${signalOf(text)})${where.length === 0 ? '' : `: ${where.join(', ')}`}.`,
    remedy:
      place?.isInNccl === true
        ? NCCL_REMEDY
        : (signalRemedy(text) ??
          'Look for an Xid or a segfault line in dmesg -T of the node that it ran on. Otherwise use another version of the engine, or of the library that the stack names.'),
  };
}

/** What two signals say about the cause; null for the others. */
function signalRemedy(text: string): string | null {
  if (/Bus error|SIGBUS|signal 7\b/i.test(text)) {
    return 'This signal means memory without anything behind it: a file of the weights that is shorter than its header says, a network file system that did not answer, or a full /dev/shm. Compare the sizes of the files, run df -h /dev/shm, and look for errors of the file system in dmesg -T.';
  }
  if (/Illegal instruction|SIGILL|signal 4\b/i.test(text)) {
    return 'This signal means an instruction that the CPU does not have: the program, or a library of it, was built for another one (often with AVX-512; lscpu shows what there is). Use a build for this CPU, or build it here; in a virtual machine, pass the CPU of the host through. Neither the GPUs nor the model are the cause.';
  }
  return null;
}

/** The signal by its name, as the handler that printed the line has it. */
function signalOf(text: string): string {
  return (
    /SIG[A-Z]{2,6}|Segmentation fault|Bus error|Illegal instruction|Floating point exception/.exec(text)?.[0] ??
    'a signal'
  );
}

/** Shells add 128 to the number of the signal; Python reports it as a negative number. */
function exitCodeMeaning(text: string): string {
  if (/(?:\b137|-9)\b/.test(text)) {
    return 'This code means SIGKILL: look for "Out of memory: Killed process" in dmesg -T. ';
  }
  if (/(?:\b139|-11|\b134|-6|\b135|-7)\b/.test(text)) {
    return 'This code means a crash in native code: look for an Xid or a segfault line in dmesg -T. ';
  }
  return /(?:\b143|-15)\b/.test(text) ? 'This code means SIGTERM: something asked it to stop. ' : '';
}

/** Forms that tell more than a line by which one process reports the end of another. */
const telling: ReadonlySet<FinalError['form']> = new Set([
  'exception',
  'crash',
  'library-error',
  'peer-lost',
  'death',
  'error-line',
  'cut-traceback',
]);

/** Findings that name what ended, where a traceback below it only passes that on. */
const namesEnded: readonly CodePattern[] = ['*.worker-died', '*.subprocess-crashed', '*.killed', '*.cuda-error-cut'];

/** A finding, and the line that it is of. */
type Noted = {readonly finding: Finding; readonly lineNumber: number};

/** True if the error says more than what the processes say of each other, which these findings have. */
export function isTelling({form, line}: FinalError, consequences: readonly Noted[]): boolean {
  if (form !== 'cut-traceback' && form !== 'error-line' && form !== 'death') return telling.has(form);
  const isBelowEnd = consequences.some(
    ({finding: {code}, lineNumber}) => lineNumber < line.number && namesEnded.some((pattern) => isCode(code, pattern)),
  );
  if (form === 'cut-traceback' && isBelowEnd) return false;
  return consequences.every(({finding: {code}}) => engineDown.includes(`*${code.slice(code.indexOf('.'))}`));
}
