import type {CuredBy} from '../src/domain/diagnosis/cure.ts';
import {changeText} from '../src/domain/settings/settings-difference.ts';
import {unknownLogContext} from '../src/engines/engine.ts';
import {llamacppFailures} from '../src/engines/llamacpp/failures/catalog.ts';
import type {Failure} from '../src/engines/log/failure-catalog.ts';
import {sglangFailures} from '../src/engines/sglang/failures/catalog.ts';
import {unnamedTorchEngine} from '../src/engines/torch/torch-engine.ts';
import {torchFailures} from '../src/engines/torch/torch-failures.ts';
import {vllmFailures} from '../src/engines/vllm/failures/catalog.ts';

const sharedFailures = torchFailures(unnamedTorchEngine);

const changes: Readonly<Record<CuredBy, string>> = {
  arguments: 'arguments or environment',
  gpus: 'GPUs, or the format of the model',
  'other-programs': 'other programs',
  hardware: 'hardware',
  driver: 'driver',
  host: 'host',
  installation: 'installation of the engine',
  model: 'files of the model',
  network: 'network',
  restart: 'nothing: start again',
};

const HEAD = `# What gantry diagnose recognizes

<!-- Generated from the catalogs of the engines: npm run generate. -->

Every kind of failure in the catalogs, in the order in which they are tried. *Recognized by* shows words of a log that
stand for the kind; other wordings of the same kind are recognized too. *Says* and *fix* are what the finding says for
these words: numbers, names and places are those of the line. *Changes* is what has to change if no setting is offered.
A kind that is marked *consequence* is reported only if the log has no cause.

A text without a known kind ends with the error that ended it: an exception, a signal, an exit code. If an exception says
what to do, that is offered as the engine's own advice.
`;

/** `docs/diagnosis.md`: the kinds of failures, the words that they are recognized by, and their fixes. */
export function diagnosisPageText(): string {
  const shared = new Set(sharedFailures.map(({words}) => words));
  const ownOf = (failures: readonly Failure[]): readonly Failure[] => failures.filter(({words}) => !shared.has(words));
  return [
    HEAD,
    section('vLLM and SGLang: Python, PyTorch, CUDA, NCCL and the hub', 'vllm.*, sglang.*, common.*', sharedFailures),
    section('vLLM', 'vllm.*', ownOf(vllmFailures)),
    section('SGLang', 'sglang.*', ownOf(sglangFailures)),
    section('llama.cpp', 'llamacpp.*', llamacppFailures),
  ].join('\n');
}

function section(title: string, codes: string, failures: readonly Failure[]): string {
  return [
    `## ${title}`,
    '',
    `Codes: \`${codes}\`.`,
    '',
    '| code | recognized by | says | fix | changes |',
    '|---|---|---|---|---|',
    ...failures.map(rowOf),
    '',
  ].join('\n');
}

function rowOf(failure: Failure): string {
  const {code, codeAt, words, pattern, isConsequence = false, severity} = failure;
  const match = pattern.exec(words);
  if (match === null) throw new Error(`the words of ${code} are not recognized by its pattern: ${words}`);
  const {message, remedy, settingsChange = null, curedBy = failure.curedBy} = failure.details(match, unknownLogContext);
  const setting = settingsChange === null ? '' : ` Setting: ${changeText(settingsChange)}.`;
  const kind = isConsequence ? ' (consequence)' : severity === undefined ? '' : ` (${severity})`;
  const names = `\`${code}\`${codeAt === undefined ? '' : ', by phase'}${kind}`;
  return `| ${[names, `\`${words.replaceAll('`', "'")}\``, message, `${remedy}${setting}`, changes[curedBy]].map(cell).join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
