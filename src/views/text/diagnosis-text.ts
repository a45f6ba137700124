import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {DiagnosedPhase, LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import type {OtherTextDiagnosis, TextDiagnosis, TextView} from '../../domain/diagnosis/text-diagnosis.ts';
import {phaseInSentence} from '../../domain/lifecycle/phases.ts';
import {changeText} from '../../domain/settings/settings-difference.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {countedText, countText, decimalText} from '../../shared/quantities/counts.ts';
import {durationText, roughDurationText} from '../../shared/quantities/durations.ts';
import {span} from '../drawing/compose.ts';
import {severityTones} from '../format/names.ts';
import {blank, labelled, type TextOptions, wrapped} from '../plan/text-lines.ts';
import type {Row, Tone} from '../rows.ts';

/** A diagnosis as text: the cause and its fix first, then the phases and facts. */
export function diagnosisText(diagnosis: TextDiagnosis, options: TextOptions): readonly Row[] {
  return [
    diagnosis.kind === 'engine-log' ? headline(diagnosis) : otherHeadline(diagnosis),
    ...viewRows(diagnosis.view, options),
    blank,
    ...diagnosis.findings.flatMap((finding) => [...findingRows(finding, options), blank]),
    ...(diagnosis.kind === 'engine-log'
      ? [...phaseRows(diagnosis, options), ...factRows(diagnosis, options), ...lastLineRows(diagnosis, options)]
      : diagnosis.summary.flatMap((sentence) => wrapped(sentence, options))),
  ];
}

function otherHeadline({displayName, exit, findings, lineCount}: OtherTextDiagnosis): Row {
  const isWarned = findings.some(({severity}) => severity === 'warning');
  const [text, tone]: [string, Tone] =
    exit === 'failed'
      ? ['shows a FAILURE', 'critical']
      : isWarned
        ? ['no failure, but see below', 'warning']
        : ['no failure', 'ok'];
  return [span(`${displayName}: `), span(text, tone), span(` (${countedText(lineCount, 'line')})`, 'dim')];
}

/** What was undone to read it: it explains numbers of lines and their order. */
function viewRows({isNewestFirst, prefixes}: TextView, options: TextOptions): readonly Row[] {
  const said = [
    ...(prefixes.length === 0
      ? []
      : [`what ${[...new Set(prefixes)].join(' and ')} put in front of the lines was left out`]),
    ...(isNewestFirst ? ['the newest line comes first, so it was read from its end'] : []),
  ];
  return said.length === 0 ? [] : wrapped(`Of this text ${said.join('; ')}.`, options, 'dim');
}

const endings: Readonly<Record<LogDiagnosis['exit'], {readonly text: string; readonly tone: Tone}>> = {
  serving: {text: 'serving', tone: 'ok'},
  starting: {text: 'not ready', tone: 'warning'},
  stopped: {text: 'stopped on request', tone: 'normal'},
  failed: {text: 'FAILED', tone: 'critical'},
};

function headline({displayName, version, exit, isReady, lineCount, startCount}: LogDiagnosis): Row {
  const {text, tone} = endings[exit];
  const after = exit === 'failed' && isReady ? ' after it was ready' : '';
  const starts = startCount > 1 ? `, the last of ${startCount} starts` : '';
  return [
    span(`${displayName}${version === null ? '' : ` ${version}`}: `),
    span(`${text}${after}`, tone),
    span(` (${countedText(lineCount, 'line')}${starts})`, 'dim'),
  ];
}

/** A cause with its fix; of what it explains only the message and the evidence. */
function findingRows(finding: Finding, options: TextOptions): Row[] {
  const {severity, message, evidence, remedy, settingsChange, cure} = finding;
  const isChecked = cure?.isChecked === true;
  if (finding.explainedBy !== undefined)
    return [
      ...labelled('effect', message, options),
      ...(evidence === null ? [] : labelled('evidence', evidence, options, {tone: 'dim'})),
    ];
  return [
    ...labelled(severity, message, options, {labelTone: severityTones[severity]}),
    ...(evidence === null ? [] : labelled('evidence', evidence, options, {tone: 'dim'})),
    ...labelled('fix', remedy, options),
    ...(settingsChange === null
      ? []
      : labelled('setting', `${changeText(settingsChange)}${isChecked ? '' : ' (not checked on this host)'}`, options)),
  ];
}

function phaseRows({phases, isReady, startSeconds, startSecondsFrom}: LogDiagnosis, options: TextOptions): Row[] {
  if (phases.length === 0) return [];
  const since = startSecondsFrom === 'run' ? 'its start' : 'the first time in the log';
  const total = startSeconds === null ? [] : [`ready ${roughDurationText(startSeconds * 1000)} after ${since}`];
  const text = [...phases.map((phase, index) => phaseText(phase, !isReady && index === phases.length - 1)), ...total];
  return [...labelled('phases', text.join(', '), options), blank];
}

function phaseText({phase, lineNumber, seconds}: DiagnosedPhase, isLast: boolean): string {
  const time = seconds === null ? '' : ` ${durationText(seconds * 1000)}`;
  return `${phaseInSentence(phase)}${time}${isLast ? ` (from line ${lineNumber}, not finished)` : ''}`;
}

/** Labels of facts; others are shown by name. */
const factNames: Readonly<Partial<Record<string, string>>> = {
  weightsBytesPerGpu: 'weights per GPU',
  kvCachePoolBytesPerGpu: 'KV cache pool per GPU',
  kvCapacityTokens: 'KV cache tokens',
  maxConcurrency: 'concurrent full-length requests',
  memoryFraction: 'memory fraction',
  maxRunningRequests: 'max running requests',
  contextLengthTokens: 'context tokens',
  cudaGraphBytesPerGpu: 'CUDA graphs per GPU',
  estimatedCudaGraphBytesPerGpu: 'CUDA graphs per GPU, estimated',
  computeBufferBytesPerGpu: 'compute buffers per GPU',
  freeBytesPerGpu: 'left free per GPU',
  freeBeforeLoadBytesPerGpu: 'free before loading',
  heldBytesPerGpu: 'held when memory ran out',
  wantedBytesPerGpu: 'requested when memory ran out',
  checkpointBytes: 'checkpoint',
  estimatedMaxContextTokens: 'longest context that fits',
  downloadSeconds: 'download',
  weightsLoadSeconds: 'reading weights',
  compileSeconds: 'compilation',
  graphCaptureSeconds: 'graph capture',
  engineInitSeconds: 'engine start',
  tensorParallelSize: 'tensor parallel size',
  cpuMemoryBytes: 'memory of the CPU node',
  stalledRunningRequests: 'running when it stalled',
  stalledWaitingRequests: 'waiting when it stalled',
  stalledKvUsageRatio: 'KV cache use when it stalled',
  layerCount: 'layers',
  kvValuesPerTokenAndLayer: 'KV values per token and layer',
};

function factRows({facts}: LogDiagnosis, options: TextOptions): Row[] {
  const names = Object.keys(facts);
  if (names.length === 0) return [];
  const text = names.map((name) => `${factNames[name] ?? name} ${factText(name, facts[name] ?? 0)}`).join(', ');
  return [...labelled('facts', text, options), blank];
}

function factText(name: string, value: number): string {
  if (/Bytes/.test(name)) return fixedGibText(value);
  if (name.endsWith('Seconds')) return durationText(value * 1000);
  return Number.isInteger(value) ? countText(value) : decimalText(value, 2);
}

function lastLineRows({lastLines}: LogDiagnosis, options: TextOptions): Row[] {
  if (lastLines.length === 0) return [];
  return [
    [span('The last lines:', 'dim')],
    ...lastLines.flatMap(({number, text}) => wrapped(`${number}: ${text}`, options, 'normal', '  ')),
  ];
}
