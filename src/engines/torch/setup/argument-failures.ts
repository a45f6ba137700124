import {nearestName} from '../../../domain/settings/nearest-name.ts';
import {withinWords} from '../../../shared/within-words.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import {choicesIn, unknownParser} from '../release-failures.ts';
import type {TorchEngine, TorchFailure} from '../torch-engine.ts';

/** Longest part of a rejected command line in the message, in characters: lists of choices are long. */
const MAX_REASON = 400;

/**
 * Command lines that Python's parser (argparse) rejects, in the words of Python 3.9 to 3.14. Its line is the cause: nothing
 * was started. In order of precedence.
 */
export const argumentFailures: readonly TorchFailure[] = [
  {
    code: 'unknown-parser',
    curedBy: 'installation',
    words:
      "error: argument --tool-call-parser: invalid choice: 'kimi_k2' (choose from \u0027llama3\u0027, \u0027qwen25\u0027)",
    pattern:
      /argument --(tool-call|reasoning)-parser: invalid choice: '?([\w.-]{1,80})'?(?: \(choose from ([^)\n]{0,2000}))?/,
    details: (match, _context, engine) => unknownParser(match, engine),
  },
  {
    code: 'unsupported-quantization',
    curedBy: 'installation',
    words: "error: argument --quantization/-q: invalid choice: 'nvfp5' (choose from \u0027awq\u0027, \u0027fp8\u0027)",
    pattern:
      /argument --quantization\/?\S{0,4}: invalid choice: '?([\w.-]{1,80})'?(?: \(choose from ([^)\n]{0,4000}))?/,
    details: ([, name = '', list], _context, engine) => unknownQuantization(name, list, engine),
  },
  {
    code: 'unknown-argument',
    curedBy: 'arguments',
    words: 'error: unrecognized arguments: --no-such-option',
    pattern: /error: unrecognized arguments: (.+)/,
    details: ([, written = ''], _context, engine) => ({
      message: `This version of ${engine.displayName} does not support ${withinWords(written.trim(), MAX_REASON)}.`,
      remedy: unknownArgumentRemedy(written, engine),
    }),
  },
  {
    code: 'invalid-argument',
    curedBy: 'arguments',
    words: "api_server.py: error: argument --port: invalid int value: 'x'",
    pattern:
      /(?:^|[\s\]])(?:vllm|sglang|[\w-]{1,60}\.py|python[\d.]{0,6} -m [\w.]{1,100})(?: [a-z][a-z-]{0,20}){0,2}: error: ((?:argument [^\s:]{1,200}(?: [^\s:]{1,200}){0,2}: |ambiguous option: |the following arguments are required: |one of the arguments )\S.*)/,
    details: ([, reason = ''], _context, {displayName}) => ({
      message: `${displayName} rejects its command line: ${withinWords(reason, MAX_REASON).trim()}.`,
      remedy: `${correction(reason)} It is in engine.extraArguments, or follows from a setting.`,
    }),
  },
];

/** What to correct, by what the parser says. */
function correction(reason: string): string {
  const [, value, list] =
    /invalid choice: (?:'([^'\n]{0,100})'|[^\s(]{1,100})(?: \(choose from ([^\n]{0,4000}))?/.exec(reason) ?? [];
  if (list !== undefined) {
    const nearest = value === undefined ? undefined : nearestName(value, choicesIn(list));
    return nearest === undefined ? 'Use one of the choices.' : `The nearest choice is ${nearest}: correct it.`;
  }
  if (/: expected (?:one|at least one|at most one|\d+) arguments?/.test(reason)) {
    return 'Give the option its value, or remove it; a value that begins with a dash is written after an equals sign.';
  }
  const [, other] = /: not allowed with argument (\S{1,200})/.exec(reason) ?? [];
  if (other !== undefined) return `Remove either it or ${other}.`;
  if (reason.startsWith('ambiguous option')) return 'Write the option in full.';
  if (/ required(?:$|:)/.test(reason)) return 'Add what is missing.';
  if (/: ignored explicit argument/.test(reason)) return 'The option is a switch: write it without a value.';
  if (/cannot be converted to <function loads|[Ii]nvalid JSON/.test(reason)) {
    return 'The value has to be JSON, in single quotes where a shell reads it.';
  }
  return 'Correct the value.';
}

function unknownQuantization(name: string, list: string | undefined, {displayName}: TorchEngine): FailureDetails {
  const choices = choicesIn(list);
  const nearest = nearestName(name, choices);
  const known = choices.length === 0 ? '' : ` It knows ${withinWords(choices.join(', '), MAX_REASON)}.`;
  const message = `This version of ${displayName} does not know the quantization ${name}.${known}`;
  const other = `install a newer release of ${displayName}, or use a checkpoint in another format`;
  if (nearest === undefined)
    return {message, remedy: `Remove the option, so that the checkpoint decides; or ${other}.`};
  return {
    message,
    remedy: `The nearest choice is ${nearest}: correct it, or remove the option, so that the checkpoint decides. Otherwise ${other}.`,
    curedBy: 'arguments',
  };
}

/** Parameters of a request, which other programs take as options of a server. */
const samplingOptions: ReadonlySet<string> = new Set([
  '--temperature',
  '--temp',
  '--top-p',
  '--top-k',
  '--min-p',
  '--max-tokens',
  '--repetition-penalty',
  '--repeat-penalty',
  '--presence-penalty',
  '--frequency-penalty',
]);

function unknownArgumentRemedy(written: string, {displayName, releases}: TorchEngine): string {
  const names = (written.match(/--[a-z][\w-]*/gi) ?? []).map((name) => name.replaceAll('_', '-'));
  const known = names.find((name) => releases.options?.has(name) === true);
  if (known !== undefined) {
    return `${known} needs ${displayName} ${releases.options?.get(known)} or newer: upgrade, or remove the setting that uses it.`;
  }
  const replaced = names.find((name) => releases.replacedOptions?.has(name) === true);
  if (replaced !== undefined) {
    return `Newer releases of ${displayName} do not have ${replaced}: ${releases.replacedOptions?.get(replaced)}.`;
  }
  const ofRequests = names.filter((name) => samplingOptions.has(name));
  if (ofRequests.length > 0) {
    return `Remove ${ofRequests.join(' and ')}: how an answer is sampled is no option of the server, but sent with each request. A newer release does not have it either.`;
  }
  if (names.includes('--omni')) {
    return `It belongs to vLLM-Omni, a package that adds it: install the release of it that is made for this ${displayName}, in the same environment, or remove the option.`;
  }
  const least = releases.forKimi === undefined ? '' : ` (Kimi K2.7 needs ${releases.forKimi})`;
  return `Remove it from engine.extraArguments if it is there; otherwise install a newer release of ${displayName}${least}.`;
}
